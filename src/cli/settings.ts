import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { isBuiltin } from "../data/spec.js";
import { InputError } from "../errors.js";
import type { AnyRunConfig } from "../train/config.js";
import { checkRun, isPrior } from "../train/config.js";
import { presets } from "../train/presets.js";
import { anyPresetConfig } from "../train/prior-presets.js";
import type { Common } from "./common.js";
import { readConfig, readJson } from "./run-folder.js";

export interface TrainOptions extends Common {
  readonly data?: string;
  readonly codes?: string;
  readonly out?: string;
  readonly epochs?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly seed?: number;
  readonly limit?: number;
  readonly resize?: readonly [number, number];
  readonly saveEvery?: number;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly set?: readonly string[];
}

export interface Settings {
  readonly config: AnyRunConfig;
  readonly dir: string;
  /** Whether a value of a preset, such as model.inputShape, gives way to the data's: unless it was set by hand. */
  follows(path: string): boolean;
}

/** What may differ when a run goes on: when it ends, and how often it saves. */
const free: readonly string[] = ["epochs", "steps", "saveEvery"];

/** What `train WHAT` with these options means. @throws InputError */
export function settingsOf(what: string | undefined, options: TrainOptions): Settings {
  const name = what ?? (presets[0] as { name: string }).name;
  const file = name.endsWith(".json") || (name !== "" && existsSync(name));
  const dir = options.out ?? join("runs", file ? basename(name, ".json") : name.replaceAll("/", "-"));
  if (options.codes !== undefined && options.data !== undefined)
    throw new InputError("--codes is the data of a prior, and --data that of every other model; give one of them.");
  if (options.resume) return { config: resumed(dir, what, file, options), dir, follows: () => false };
  const base = file ? readJson(name) : anyPresetConfig(name);
  const config = checked(withOptions(base, options), file ? name : undefined);
  if (options.codes !== undefined && !isPrior(config))
    throw new InputError(`--codes is the data of a prior, and this model is "${config.model.kind}"; give it --data.`);
  const byHand = options.set?.map((text) => text.slice(0, text.indexOf("="))) ?? [];
  return {
    config,
    dir,
    follows: (path) => !file && !byHand.some((key) => `${path}.`.startsWith(`${key}.`) || key.startsWith(`${path}.`)),
  };
}

/** The config of a run that goes on: its own, until the new end. */
function resumed(dir: string, what: string | undefined, file: boolean, options: TrainOptions): AnyRunConfig {
  const own = readConfig(dir);
  const config = checked(withOptions(own, options), undefined);
  const asked = what !== undefined && file ? checked(withOptions(readJson(what), options), what) : config;
  if (what !== undefined && !file && anyPresetConfig(what).preset !== own.preset)
    throw new InputError(
      `The run ${dir} began as ${own.preset ?? "a config of its own"} and not as ${what}; name another --out.`,
    );
  const path = difference(own, asked, "");
  if (path !== undefined)
    throw new InputError(
      `The run ${dir} has ${path} = ${show(own, path)} and ${show(asked, path)} was asked for; resume with its own settings or start a new run in another --out.`,
    );
  return { ...config, epochs: asked.epochs };
}

function checked(value: unknown, where: string | undefined): AnyRunConfig {
  try {
    return checkRun(value);
  } catch (error) {
    if (where === undefined || !(error instanceof InputError)) throw error;
    throw new InputError(`${where}: ${error.message}`);
  }
}

type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** A config with the options laid over it; it may be anything yet. */
function withOptions(base: unknown, options: TrainOptions): unknown {
  if (!isTree(base)) return base;
  let config: Tree = { ...base };
  const put = (key: string, value: unknown): void => {
    if (value !== undefined) config = setIn(config, key.split("."), value, key);
  };
  const data = options.codes ?? options.data ?? config.data;
  // A run is resumed from other folders too.
  if (typeof data === "string") put("data", data === "" || isBuiltin(data) ? data : resolve(data));
  if (options.epochs !== undefined) {
    const { steps: _, ...rest } = config;
    config = rest;
  }
  for (const key of ["epochs", "steps", "batch", "seed", "limit", "resize", "saveEvery"] as const)
    put(key, options[key]);
  put("optimizer.lr", options.lr);
  if (options.lr !== undefined && config.lrSchedule !== undefined)
    throw new InputError(
      "--lr has no effect beside an lrSchedule; set the schedule's own values with --set lrSchedule.KEY=VALUE.",
    );
  for (const text of options.set ?? []) {
    const [, key, json] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || json === undefined)
      throw new InputError(`--set takes KEY=VALUE such as model.latentDim=2, got "${text.slice(0, 60)}".`);
    put(key, parse(json));
  }
  return config;
}

/** JSON, or a bare word as a text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function setIn(tree: Tree, [key, ...rest]: readonly string[], value: unknown, path: string): Tree {
  if (key === undefined) return tree;
  if (rest.length === 0) return { ...tree, [key]: value };
  const inner = Object.hasOwn(tree, key) ? tree[key] : {};
  if (!isTree(inner))
    throw new InputError(`--set ${path}: ${key} is ${JSON.stringify(inner)} and has no parts; set it whole.`);
  return { ...tree, [key]: setIn(inner, rest, value, path) };
}

/** The path of the first value in which two configs differ, but for what may. */
function difference(a: unknown, b: unknown, path: string): string | undefined {
  if (isTree(a) && isTree(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      if (path === "" && free.includes(key)) continue;
      const found = difference(a[key], b[key], path === "" ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return JSON.stringify(a) === JSON.stringify(b) ? undefined : path;
}

function show(config: AnyRunConfig, path: string): string {
  const value = path.split(".").reduce((at: unknown, key) => (isTree(at) ? at[key] : undefined), config);
  return value === undefined ? "nothing" : JSON.stringify(value);
}
