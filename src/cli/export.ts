import { join } from "node:path";
import { type Command, Option } from "commander";
import { version } from "../../package.json";
import { InputError } from "../errors.js";
import { hubFolder } from "../export/hub-folder.js";
import { modelToOnnx, priorToOnnx } from "../export/onnx-model.js";
import { torchFolder } from "../export/torch-folder.js";
import { isPrior } from "../train/config.js";
import { encodeModel } from "../train/run-files.js";
import { action, print, withJson } from "./common.js";
import { writeDurable } from "./files.js";
import { loadPrior, loadRun, type PriorRun, type Run, RunFolder, readConfig } from "./run-folder.js";

interface Options {
  readonly to: "safetensors" | "onnx" | "torch";
  readonly out?: string;
  readonly json?: boolean;
}

const formats: Readonly<Record<Options["to"], (run: Run | PriorRun) => ReadonlyMap<string, Uint8Array>>> = {
  safetensors: ({ config, model, arenas }) => {
    const kept = new Map([
      ["weight", arenas.weight],
      ["statistics", arenas.statistics],
    ]);
    const weights = encodeModel(model, { step: 0, seed: config.seed, epochSums: {}, arenas: kept });
    return hubFolder(config, model, weights);
  },
  onnx: (run) => {
    const producer = { name: "latentgpu", version };
    return "inputShape" in run.config.model
      ? modelToOnnx((run as Run).model, run.arenas, producer)
      : priorToOnnx((run as PriorRun).model, run.arenas, producer);
  },
  torch: (run) => {
    if (isPrior(run.config))
      throw new InputError("A prior has no form in the exported PyTorch code; export to safetensors or onnx instead.");
    const state = new RunFolder(run.dir).readState();
    if (!state)
      throw new InputError(
        `The run ${run.dir} has no state.safetensors to train on from; export to safetensors instead.`,
      );
    return torchFolder(run.config, (run as Run).model, state);
  },
};

/** export RUN --to FORMAT: the model for other engines. */
export function register(program: Command): void {
  const command = program
    .command("export <run>")
    .summary("the model for other engines: safetensors, ONNX, PyTorch")
    .description(
      "Writes the model of a run for other engines: safetensors (Hugging Face's folder: config, weights by PyTorch's names, model card), onnx (encoder, decoder and the whole, or the prior; opset 17, any batch) or torch (model.py, weights, Adam's moments and a train_ddp.py that trains on by torchrun).",
    )
    .addOption(new Option("--to <format>", "what to write").choices(Object.keys(formats)).makeOptionMandatory())
    .option("--out <dir>", "where to write (default: a folder of the run named after the format)");
  withJson(command).action(action(async (dir: string, options: Options) => write(dir, options)));
}

function write(dir: string, { to, out = join(dir, to), json }: Options): void {
  const run = isPrior(readConfig(dir)) ? loadPrior(dir) : loadRun(dir);
  if (out === dir)
    throw new InputError(`--out is the run itself; its files would take the place of the run's: name another folder.`);
  const files = formats[to](run);
  for (const [name, bytes] of files) writeDurable(join(out, name), bytes);
  const written = [...files.keys()].map((name) => join(out, name));
  print(json, { format: to, files: written }, written.join("\n"));
}
