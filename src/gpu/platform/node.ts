import { InputError, NoAdapterError } from "../../errors.js";
import { type Acquired, type Origin, softwareNames } from "./acquired.js";
import { loadSwiftShader } from "./swiftshader.js";
import { hasSystemVulkan } from "./vulkan.js";

/** How long one submit should take at most: nothing on screen waits for it here. */
export const timeBudgetMs = 100;

/** A setting from outside; a page has none. */
export const setting = (name: string): string | undefined => process.env[name] || undefined;

interface Listed {
  readonly backend: string;
  readonly name: string;
}

interface Source {
  readonly gpu: GPU;
  readonly origin: Origin;
  readonly listed: Listed | undefined;
}

const toggles = [
  "enable-dawn-features=vulkan_enable_f16_on_nvidia",
  // Real nanoseconds for the profiler: there is no page here to protect.
  "disable-dawn-features=timestamp_quantization",
];

/** What create() returned must never be collected (the driver crashes), and a second look for the same request costs nothing. */
const sources = new Map<string, Source>();

/** An adapter for `request`, else for LATENTGPU_ADAPTER, else the best there is: hardware, the system's software driver,
 * SwiftShader from npm.
 * @throws NoAdapterError with what was tried and the ways out; InputError for a name that no adapter has. */
export async function acquire(request: string | undefined): Promise<Acquired> {
  const wanted = (request ?? setting("LATENTGPU_ADAPTER") ?? "default").toLowerCase();
  const known = sources.get(wanted);
  if (known) {
    const adapter = await known.gpu.requestAdapter({ powerPreference: "high-performance" });
    if (adapter) return { ...known.listed, adapter, origin: known.origin };
  }
  const dawn = await loadDawn();
  const tried: string[] = [];
  const found = await search(dawn, wanted, tried);
  if (!found) throw noAdapter(tried);
  sources.set(wanted, found.source);
  return { ...found.source.listed, adapter: found.adapter, origin: found.source.origin };
}

type Create = (options: string[]) => GPU;
type Found = { source: Source; adapter: GPUAdapter };

async function loadDawn(): Promise<Create> {
  try {
    const { create, globals } = await import("webgpu");
    // Flags such as GPUBufferUsage, which a page has as globals.
    for (const [name, value] of Object.entries(globals))
      if (!(name in globalThis)) Reflect.set(globalThis, name, value);
    return create as Create;
  } catch (error) {
    throw noAdapter([`the npm package webgpu: ${firstLine(error)}`]);
  }
}

async function search(create: Create, wanted: string, tried: string[]): Promise<Found | undefined> {
  if (wanted === "null") return take(create, "null", undefined, ["backend=null"]);
  if (wanted === "swiftshader") return swiftShader(create, tried);
  const listed = hasSystemVulkan() ? await list(create) : [];
  tried.push(
    listed.length > 0 ? `the system's drivers: ${names(listed)}` : "the system's drivers: none that WebGPU can use",
  );
  if (wanted === "software") {
    const entry = listed.find((l) => softwareNames.test(l.name));
    return entry ? pick(create, entry) : swiftShader(create, tried);
  }
  if (wanted !== "default") {
    const part = wanted === "lavapipe" ? "llvmpipe" : wanted;
    const entry = listed.find((l) => l.name.toLowerCase().includes(part));
    if (entry) return pick(create, entry);
    throw new InputError(
      `No adapter's name holds "${wanted}". Found: ${names(listed) || "none"}. Set LATENTGPU_ADAPTER to a part of one of them, or to default, software, swiftshader or null.`,
    );
  }
  if (listed.length === 0) return swiftShader(create, tried);
  const best = await take(create, "hardware", undefined, []);
  const info = best?.adapter.info;
  if (best && info && !isSoftware(info)) {
    const entry = listed.find((l) => slug(l.name) === info.device) ?? listed.find((l) => !softwareNames.test(l.name));
    return { ...best, source: { ...best.source, listed: entry } };
  }
  const entry = listed.find((l) => !softwareNames.test(l.name)) ?? listed[0];
  return (entry && (await pick(create, entry))) ?? swiftShader(create, tried);
}

const isSoftware = (info: GPUAdapterInfo): boolean =>
  softwareNames.test(`${info.architecture} ${info.device} ${info.description}`) || info.architecture === "software";

const names = (listed: readonly Listed[]): string => listed.map((l) => `${l.name} (${l.backend})`).join(", ");
const slug = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");

function pick(create: Create, entry: Listed): Promise<Found | undefined> {
  const origin = softwareNames.test(entry.name) ? "system software driver" : "hardware";
  return take(create, origin, entry, [`backend=${entry.backend}`, `adapter=${entry.name}`]);
}

async function take(
  create: Create,
  origin: Origin,
  listed: Listed | undefined,
  options: string[],
): Promise<Found | undefined> {
  const gpu = create([...toggles, ...options]);
  keep.push(gpu);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  return adapter ? { adapter, source: { gpu, origin, listed } } : undefined;
}
const keep: unknown[] = [];

/** Dawn names its adapters only in the error it makes for a name that does not exist. */
async function list(create: Create): Promise<Listed[]> {
  try {
    const gpu = create(["adapter=?"]);
    keep.push(gpu);
    await gpu.requestAdapter();
    return [];
  } catch (error) {
    return [...String(error).matchAll(/backend: '([^']*)', name: '(.*)'$/gm)].map((m) => ({
      backend: m[1] as string,
      name: m[2] as string,
    }));
  }
}

async function swiftShader(create: Create, tried: string[]): Promise<Found | undefined> {
  const before = process.env.VK_DRIVER_FILES;
  try {
    process.env.VK_DRIVER_FILES = loadSwiftShader();
    const entry = (await list(create)).find((l) => /swiftshader/i.test(l.name));
    const found = await take(create, "npm SwiftShader", entry, []);
    if (!found) tried.push("SwiftShader from npm: it was loaded, but gave no adapter");
    return found;
  } catch (error) {
    tried.push(`SwiftShader from npm: ${firstLine(error)}`);
    return undefined;
  } finally {
    // Children and later searches see the system as it was.
    if (before === undefined) delete process.env.VK_DRIVER_FILES;
    else process.env.VK_DRIVER_FILES = before;
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0] as string;

function noAdapter(tried: readonly string[]): NoAdapterError {
  return new NoAdapterError(
    [
      "No WebGPU adapter was found. Tried:",
      ...tried.map((t) => `  - ${t}`),
      "Ways out:",
      "  - a software driver from the system: apt-get install mesa-vulkan-drivers libvulkan1   (Debian 12: -t bookworm-backports)",
      "  - another adapter: LATENTGPU_ADAPTER=default|software|swiftshader|PART-OF-A-NAME",
      "  - a software driver from npm (linux-x64): npm i -D @sparticuz/chromium@147.0.0",
    ].join("\n"),
  );
}

const cell = new Int32Array(new SharedArrayBuffer(4));
let waiting = 0;
let pumping = false;
let nap = 0;

/** Dawn spins the main thread while a promise is pending and takes a core from a software driver: nap between looks. */
function pump(): void {
  pumping = waiting > 0;
  if (!pumping) return;
  Atomics.wait(cell, 0, 0, nap);
  setImmediate(pump);
}

/** Waits without burning a core: 1 ms naps beside a software driver, 0.1 ms beside a GPU. */
export async function quietly<T>(work: Promise<T>, softwareDriver: boolean): Promise<T> {
  nap = softwareDriver ? 1 : 0.1;
  waiting++;
  if (!pumping) setImmediate(pump);
  pumping = true;
  try {
    return await work;
  } finally {
    waiting--;
  }
}
