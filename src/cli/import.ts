import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { InputError } from "../errors.js";
import { importRun } from "../export/import-run.js";
import { type AnyRunConfig, checkRun } from "../train/config.js";
import { anyPresetConfig } from "../train/prior-presets.js";
import { action, print, withJson } from "./common.js";
import { writeDurable } from "./files.js";
import { RunFolder, readConfig, readJson } from "./run-folder.js";

interface Options {
  readonly as?: string;
  readonly out: string;
  readonly json?: boolean;
}

/** import FILE: a run from the weights of another engine. */
export function register(program: Command): void {
  const command = program
    .command("import <file>")
    .summary("a run from a PyTorch state dict in safetensors")
    .description(
      "Makes a run of a PyTorch state dict of the same architecture, saved as safetensors, or of a folder that export or its train_ddp.py wrote. The run samples, encodes and evaluates; train --resume goes on from the weights.",
    )
    .option("--as <preset|config.json>", "the architecture (default: the config.json of the folder)")
    .requiredOption("--out <dir>", "the run folder");
  withJson(command).action(action(async (path: string, options: Options) => take(path, options)));
}

function take(path: string, { as, out, json }: Options): void {
  if (!existsSync(path))
    throw new InputError(`${path} is not there; name a .safetensors file or a folder that has one.`);
  const folder = statSync(path).isDirectory();
  const file = folder ? join(path, "model.safetensors") : path;
  if (!existsSync(file)) throw new InputError(`${path} holds no model.safetensors; name the file with the weights.`);
  if (!/\.safetensors$/i.test(file))
    throw new InputError(
      `${file} is no .safetensors file; in Python: safetensors.torch.save_file(model.state_dict(), "model.safetensors").`,
    );
  if (!folder && as === undefined)
    throw new InputError(`${file} does not tell its architecture; name it by --as, a preset or a config.json.`);
  const config = as === undefined ? readConfig(path) : architecture(as);
  const run = new RunFolder(out);
  run.assertFree();
  const read = (where: string) => ({ bytes: readFileSync(where), where });
  const moments = join(path, "optimizer.safetensors");
  const files = importRun(config, read(file), folder && existsSync(moments) ? read(moments) : undefined);
  for (const [name, bytes] of Object.entries(files)) writeDurable(run.path(name), bytes);
  print(
    json,
    { run: out, kind: config.model.kind },
    `The run is in ${out}; train on with: latentgpu train --out ${out} --resume`,
  );
}

function architecture(as: string): AnyRunConfig {
  if (!as.endsWith(".json")) return anyPresetConfig(as);
  try {
    return checkRun(readJson(as));
  } catch (error) {
    throw new InputError(`${as}: ${(error as Error).message.replace(`${as}: `, "")}`);
  }
}
