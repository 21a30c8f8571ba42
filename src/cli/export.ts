import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, Option } from "commander";
import { version } from "../../package.json";
import { InputError } from "../errors.js";
import { hubFolder } from "../export/hub-folder.js";
import { classifierToOnnx, modelToOnnx, priorToOnnx } from "../export/onnx-model.js";
import { torchFolder } from "../export/torch-folder.js";
import { Classifier } from "../models/classifier.js";
import type { Learner } from "../models/model.js";
import { PixelCnn } from "../models/pixelcnn.js";
import type { Arenas } from "../models/torch-layout.js";
import { sharedPage } from "../share/page.js";
import type { AnyRunConfig } from "../train/config.js";
import { configText, encodeModel } from "../train/run-files.js";
import { action, print, withJson } from "./common.js";
import { writeDurable } from "./files.js";
import { loadAny, RunFolder } from "./run-folder.js";

interface Options {
  readonly to: string;
  readonly out?: string;
  readonly json?: boolean;
}

type Files = ReadonlyMap<string, Uint8Array>;
type AnyRun = ReturnType<typeof loadAny>;

const formats: Readonly<Record<string, (run: AnyRun) => Files | Promise<Files>>> = {
  safetensors: ({ config, model, arenas }) => hubFolder(config, model, weightsOf(config, model, arenas)),
  onnx: ({ model, arenas }) => {
    const producer = { name: "latentgpu", version };
    if (model instanceof PixelCnn) return priorToOnnx(model, arenas, producer);
    if (model instanceof Classifier) return classifierToOnnx(model, arenas, producer);
    return modelToOnnx(model, arenas, producer);
  },
  torch: ({ dir, config, model }) => {
    const state = new RunFolder(dir).readState();
    if (!state)
      throw new InputError(`The run ${dir} has no state.safetensors to train on from; export to safetensors instead.`);
    return torchFolder(config, model, state);
  },
  html: async ({ config, model, arenas }) => {
    const text = new TextEncoder();
    const run = {
      "config.json": text.encode(configText(config)),
      "model.safetensors": weightsOf(config, model, arenas),
    };
    return new Map([["index.html", text.encode(await sharedPage(run, viewer()))]]);
  },
};

const weightsOf = (config: AnyRunConfig, model: Learner, { weight, statistics }: Arenas): Uint8Array => {
  const arenas = new Map(Object.entries({ weight, statistics }));
  return encodeModel(model, { step: 0, seed: config.seed, epochSums: {}, arenas });
};

/** The page's script, which the package has beside the command line. */
function viewer(): string {
  const path = fileURLToPath(import.meta.resolve("latentgpu/viewer"));
  if (!existsSync(path)) throw new InputError(`${path} is not there; build the package: node build.mjs.`);
  return readFileSync(path, "utf8");
}

/** export RUN --to FORMAT: the model for other engines. */
export function register(program: Command): void {
  const command = program
    .command("export <run>")
    .summary("the model for others: safetensors, ONNX, PyTorch, a page")
    .description(
      "Writes the model of a run for other engines: safetensors (Hugging Face's folder: config, weights by PyTorch's names, model card), onnx (encoder, decoder and the whole, or the prior; opset 17, any batch), torch (model.py, weights, Adam's moments and a train_ddp.py that trains on by torchrun) or html (one page that samples, opened from disk).",
    )
    .addOption(new Option("--to <format>", "what to write").choices(Object.keys(formats)).makeOptionMandatory())
    .option("--out <dir>", "where to write (default: a folder of the run named after the format)");
  withJson(command).action(action(write));
}

async function write(dir: string, { to, out = join(dir, to), json }: Options): Promise<void> {
  const run = loadAny(dir);
  if (resolve(out) === resolve(dir))
    throw new InputError("--out is the run itself; its files would take the place of the run's: name another folder.");
  const files = await (formats[to] as (typeof formats)[string])(run);
  for (const [name, bytes] of files) writeDurable(join(out, name), bytes);
  const written = [...files.keys()].map((name) => join(out, name));
  print(json, { format: to, files: written }, written.join("\n"));
}
