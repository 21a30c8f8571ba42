import { readSafetensors, writeSafetensors } from "../formats/safetensors.js";
import type { Learner } from "../models/model.js";
import type { AnyRunConfig } from "../train/config.js";
import { configText } from "../train/run-files.js";

/** A model as Hugging Face keeps one: config.json, model.safetensors (PyTorch's names and layouts, format "pt") and a model card.
 * The config is the run's: `latentgpu import` makes a run of the folder again. */
export function hubFolder(config: AnyRunConfig, model: Learner, weights: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const { tensors, metadata } = readSafetensors(weights, "model.safetensors");
  return new Map([
    ["config.json", text(configText(config))],
    ["model.safetensors", writeSafetensors(tensors, metadata)],
    ["README.md", text(card(config, model))],
  ]);
}

function card(config: AnyRunConfig, { parameters }: Learner): string {
  const { kind } = config.model;
  const name = config.preset ?? kind;
  const shape = "inputShape" in config.model ? config.model.inputShape.join(" x ") : config.model.shape.join(" x ");
  const what = "inputShape" in config.model ? "images, channels first" : "maps of codes";
  const lines = [
    "---",
    "library_name: latentgpu",
    `tags: [autoencoder, ${kind}, webgpu]`,
    "---",
    "",
    `# ${name}`,
    "",
    `A ${kind} of ${parameters.count.toLocaleString("en")} parameters, trained by latentgpu on ${config.data}.`,
    "",
    `- Input: ${what}, ${shape}`,
    `- Loss: reduction "${config.reduction}", batch ${config.batch}, ${config.epochs} epochs, seed ${config.seed}`,
    `- Optimizer: ${config.optimizer.kind}`,
    "",
    "The weights have PyTorch's names and layouts:",
    "",
    "```python",
    "from safetensors.torch import load_file",
    'state = load_file("model.safetensors")',
    "```",
    "",
    "To sample from it or to train on:",
    "",
    "```",
    "latentgpu import . --out runs/imported",
    "```",
    "",
  ];
  return lines.join("\n");
}
