import { floatRows } from "../data/dataset.js";
import { drawGlyphs } from "../data/glyphs.js";
import type { Device } from "../gpu/device.js";
import type { QuantizerConfig } from "../layers/quantizers/config.js";
import { usesOf } from "../models/code-use.js";
import { Runner } from "../models/runner.js";
import { codesOf } from "../train/codes.js";
import type { RunConfig } from "../train/config.js";
import { Trainer } from "../train/trainer.js";
import type { TableLine } from "./kernel-table.js";

const [K, D] = [64, 16];
const codebook = { kind: "codebook", numEmbeddings: K, embeddingDim: D } as const;

/** Every quantizer, with 64 codes or as near to it as it comes. */
const quantizers: Readonly<Record<string, QuantizerConfig>> = {
  gradient: codebook,
  "gradient, k-means": { ...codebook, kmeansInit: true },
  "gradient, reset": { ...codebook, deadCodeThreshold: 0.5, decay: 0.9 },
  "gradient, rotation": { ...codebook, rotationTrick: true },
  "gradient, rotation, k-means": { ...codebook, rotationTrick: true, kmeansInit: true },
  EMA: { ...codebook, useEma: true },
  "EMA, k-means": { ...codebook, useEma: true, kmeansInit: true },
  "EMA, reset": { ...codebook, useEma: true, deadCodeThreshold: 0.5, decay: 0.9 },
  cosine: { ...codebook, cosine: true },
  "cosine, EMA": { ...codebook, cosine: true, useEma: true },
  "projection to 4": { ...codebook, projectionDim: 4 },
  "residual, 4 x 64": { ...codebook, kmeansInit: true, residual: { quantizers: 4 } },
  "residual, 4 x 64, dropout": { ...codebook, kmeansInit: true, residual: { quantizers: 4, dropout: 0.5 } },
  "FSQ 4 x 4 x 4": { kind: "fsq", levels: [4, 4, 4], embeddingDim: D },
  "LFQ, 6 bits": { kind: "lfq", numEmbeddings: K, embeddingDim: D },
};

/** Rows that are trained on, and others to judge by. */
const rows = { train: 4096, held: 512, firstHeld: 2 ** 31 };

export interface QuantizerBench {
  /** Steps that each trains. */
  readonly steps: number;
  /** Steps at their beginning that are not timed. */
  readonly warm: number;
}

/** Trains the same small VQ-VAE with every quantizer, on the same rows in the same order from the same weights, and judges it by
 * rows that it has not seen: a line each. */
export async function* quantizerTable(
  device: Device,
  { steps, warm }: QuantizerBench,
  chosen: Readonly<Record<string, QuantizerConfig>> = quantizers,
): AsyncGenerator<TableLine> {
  const [train, held] = [drawGlyphs(rows.train, 0, 0), drawGlyphs(rows.held, 0, rows.firstHeld)];
  const images = floatRows(held, 0, held.count);
  yield {
    row: { adapter: device.adapter.name, steps, batch: 32, codes: K, embeddingDim: D },
    text: `${"quantizer".padEnd(28)}${["MSE a pixel", "codes", "usage %", "perplexity", "ms a step"].map((name) => name.padStart(12)).join("")}`,
  };
  for (const [name, quantizer] of Object.entries(chosen)) {
    const trainer = new Trainer(device, configOf(quantizer), train);
    const runner = new Runner(device, trainer.model, trainer.program);
    try {
      await trainer.run(warm);
      const start = performance.now();
      await trainer.run(steps);
      const ms = (performance.now() - start) / (steps - warm);
      const reconstructed = await runner.reconstruct(images);
      let error = 0;
      for (let i = 0; i < images.length; i++) error += ((reconstructed[i] as number) - (images[i] as number)) ** 2;
      const mse = error / images.length;
      const uses = (await codesOf(runner, held)).flatMap(({ sets, indices }) => usesOf(sets, indices));
      const mean = (of: (use: (typeof uses)[number]) => number): number =>
        uses.reduce((sum, use) => sum + of(use), 0) / uses.length;
      const [usagePercent, perplexity] = [mean((u) => u.usagePercent), mean((u) => u.perplexity)];
      const codes = uses.map(({ numEmbeddings }) => numEmbeddings);
      const cells = [
        mse.toFixed(5),
        codes.length > 1 ? `${codes.length} x ${codes[0]}` : String(codes[0]),
        usagePercent.toFixed(0),
        perplexity.toFixed(1),
        ms.toFixed(1),
      ];
      yield {
        row: { quantizer: name, mse, codes, usagePercent, perplexity, msPerStep: ms },
        text: `${name.padEnd(28)}${cells.map((cell) => cell.padStart(12)).join("")}`,
      };
    } finally {
      runner.dispose();
      trainer.dispose();
    }
  }
}

const configOf = (quantizer: QuantizerConfig): RunConfig => ({
  model: {
    kind: "vq-vae",
    inputShape: [1, 28, 28],
    channels: [16, 32],
    residualChannels: 16,
    quantizer,
    reconstructionLoss: "mse",
    outputs: "linear",
  },
  data: "builtin:glyphs",
  batch: 32,
  epochs: 1,
  seed: 0,
  optimizer: { kind: "adam", lr: 2e-3 },
  reduction: "elementMean",
});
