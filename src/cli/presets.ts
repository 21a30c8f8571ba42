import type { Command } from "commander";
import { Classifier } from "../models/classifier.js";
import { createModel } from "../models/index.js";
import type { Learner } from "../models/model.js";
import { PixelCnn } from "../models/pixelcnn.js";
import { classifierPresets } from "../train/classifier-presets.js";
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
  const row = <C extends { readonly model: { readonly kind: string } }>(
    { name, source, config }: Preset<C>,
    model: Learner,
  ) => ({ name, source, kind: config.model.kind, parameters: model.parameters.count, config });
  const rows = [
    ...presets.map((preset) => row(preset, createModel(preset.config.model))),
    ...priorPresets.map((preset) => row(preset, new PixelCnn(preset.config.model))),
    ...classifierPresets.map((preset) => row(preset, new Classifier(preset.config.model))),
  ];
  const width = Math.max(...rows.map((r) => r.name.length));
  const text = rows
    .map((r) => `${r.name.padEnd(width)}  ${r.parameters.toLocaleString("en").padStart(9)} parameters  ${r.source}`)
    .join("\n");
  print(options.json, { presets: rows }, text);
}
