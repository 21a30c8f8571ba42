import { randomUUID } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { constants, homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { InputError } from "../../errors.js";

const files = ["libvulkan.so.1", "libvk_swiftshader.so", "vk_swiftshader_icd.json"];
const unpackedLimit = 64 * 2 ** 20;
const keepLoaded = 0x1000; // RTLD_NODELETE: the loader must outlive the module object

/** Loads the Vulkan loader that lies in npm's @sparticuz/chromium, unpacked once into a private cache folder.
 * Returns the driver manifest for VK_DRIVER_FILES. @throws InputError where the package or the platform does not serve. */
export function loadSwiftShader(): string {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new InputError(`there is one for linux-x64 only, this is ${process.platform}-${process.arch}`);
  }
  const folder = unpack(findPackage());
  try {
    const { RTLD_NOW, RTLD_LOCAL } = constants.dlopen;
    process.dlopen({ exports: {} }, join(folder, "libvulkan.so.1"), RTLD_NOW | RTLD_LOCAL | keepLoaded);
  } catch (error) {
    // Node expects an addon; the library is loaded all the same.
    if (!String(error).includes("did not self-register")) throw error;
  }
  return join(folder, "vk_swiftshader_icd.json");
}

function findPackage(): { archive: string; version: string } {
  let at: string;
  try {
    const paths = [dirname(fileURLToPath(import.meta.url)), process.cwd()];
    at = createRequire(import.meta.url).resolve("@sparticuz/chromium", { paths });
  } catch {
    throw new InputError("the package @sparticuz/chromium is not installed");
  }
  for (let folder = dirname(at); folder !== dirname(folder); folder = dirname(folder)) {
    if (!isFile(join(folder, "package.json")) || !isFile(join(folder, "bin", "swiftshader.tar.br"))) continue;
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    return { archive: join(folder, "bin", "swiftshader.tar.br"), version };
  }
  throw new InputError("the package @sparticuz/chromium holds no swiftshader.tar.br; install its version 147.0.0");
}

const isFile = (path: string): boolean => {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size > 0;
};

function unpack({ archive, version }: { archive: string; version: string }): string {
  const cache = cacheFolder();
  const folder = join(cache, `swiftshader-${version.replace(/[^\w.-]/g, "_")}`);
  const complete = (): boolean => files.every((file) => isFile(join(folder, file)));
  if (complete()) return folder;
  const beside = join(cache, `.${randomUUID()}`);
  try {
    mkdirSync(beside, { mode: 0o700 });
    const tar = brotliDecompressSync(readFileSync(archive), { maxOutputLength: unpackedLimit });
    for (const file of files) writeFileSync(join(beside, file), member(tar, file), { mode: 0o600 });
    if (!complete()) rmSync(folder, { recursive: true, force: true });
    renameSync(beside, folder);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (!complete()) throw error; // else another process was first
  }
  return folder;
}

/** One plain file of a ustar archive. */
function member(tar: Buffer, wanted: string): Buffer {
  const text = (from: number, to: number): string => tar.toString("latin1", from, to).split("\0")[0] as string;
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, at + 136), 8);
    if (!(size >= 0) || at + 512 + size > tar.length) break;
    if (text(at, at + 100).replace(/^\.\//, "") === wanted) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new InputError(`the package's archive holds no ${wanted}; reinstall @sparticuz/chromium`);
}

/** A folder that nobody else can write to: code is loaded from it. */
function cacheFolder(): string {
  const candidates = [process.env.XDG_CACHE_HOME, join(homedir(), ".cache")].filter((p) => p?.startsWith("/"));
  for (const base of candidates) {
    try {
      return ours(join(base as string, "latentgpu"));
    } catch {
      // not writable, or somebody else's: the next one
    }
  }
  try {
    return ours(join(tmpdir(), `latentgpu-${process.getuid?.()}`));
  } catch {
    return mkdtempSync(join(tmpdir(), "latentgpu-"));
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // another process made it meanwhile
  }
}

function ours(folder: string): string {
  // Not `recursive`: Node never returns from that below a folder that takes no entries, such as /proc.
  for (const path of [dirname(folder), folder]) if (!existsSync(path)) makeFolder(path);
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) throw new InputError(`${folder} is not ours`);
  if (stat.mode & 0o077) chmodSync(folder, 0o700);
  const probe = join(folder, `.${randomUUID()}`);
  mkdirSync(probe);
  rmSync(probe, { recursive: true });
  return folder;
}
