import type { Command } from "commander";
import { createLearner } from "../models/learner.js";
import { classifierPresets } from "../train/classifier-presets.js";
import type { AnyRunConfig } from "../train/config.js";
import { type Preset, presets } from "../train/presets.js";
import { priorPresets } from "../train/prior-presets.js";
import { action, print, withJson } from "./common.js";

/** `latentgpu presets`. */
export function register(program: Command): void {
  const command = program
    .command("presets")
    .summary("every ready configuration, with its source and size")
    .description("Lists the configurations that train knows by name; the first is the default.");
  withJson(command).action(action(list));
}

async function list(options: { readonly json?: boolean }): Promise<void> {
  const rows = [...presets, ...priorPresets, ...classifierPresets].map(
    ({ name, source, config }: Preset<AnyRunConfig>) => {
      const { count } = createLearner(config.model).parameters;
      return { name, source, kind: config.model.kind, parameters: count, config };
    },
  );
  const width = Math.max(...rows.map((r) => r.name.length));
  const text = rows
    .map((r) => `${r.name.padEnd(width)}  ${r.parameters.toLocaleString("en").padStart(9)} parameters  ${r.source}`)
    .join("\n");
  print(options.json, { presets: rows }, text);
}
