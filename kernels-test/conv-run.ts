import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import type { Dataset } from "../src/data/dataset.js";
import { InputError } from "../src/errors.js";
import type { ConvConfig } from "../src/models/config.js";
import type { RunConfig } from "../src/train/config.js";
import { checkConfig } from "../src/train/config.js";
import { uniforms } from "./golden/draws.js";

/** Where PyTorch's losses and its twin of our models are. */
export const golden = "kernels-test/golden";

/** PyTorch's losses; torch/losses.py writes them and tells how. */
export const stored = JSON.parse(readFileSync(`${golden}/conv-losses.json`, "utf8")) as {
  readonly steps: number;
  readonly batch: number;
  readonly runs: readonly {
    readonly name: string;
    readonly lr: number;
    readonly model: ConvConfig;
    readonly losses: readonly number[];
  }[];
};

/** A run of the stored batch over `bars`. */
export const runOf = (model: ConvConfig, more: Partial<RunConfig> = {}): RunConfig =>
  checkConfig({
    model,
    data: "bars",
    batch: stored.batch,
    epochs: 1,
    seed: 0,
    shuffle: false,
    optimizer: { kind: "adam", lr: 1e-2 },
    reduction: model.kind === "vae" ? "sum" : "batchMean",
    ...more,
  });

/** The rows of conv-losses.json's doc. */
export function bars([C, H, W]: readonly number[], count = stored.steps * stored.batch): Dataset {
  const u = uniforms(1);
  const values = Uint8Array.from({ length: count * C * H * W }, (_, i) => {
    const column = Math.floor(i / C) % W;
    const row = Math.floor(i / (C * H * W));
    return Math.floor(56 * u()) + (column < row % W ? 200 : 0);
  });
  return { name: "bars", count, shape: [C, H, W], values };
}

/** A model that every adapter takes no time for, with channels that no vector width divides. */
export const small: ConvConfig = {
  kind: "ae",
  inputShape: [3, 8, 12],
  channels: [2, 5],
  latentDim: 4,
  activation: "elu",
  reconstructionLoss: "mse",
};

/** The one sentence that an input is refused with. */
export function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.message;
  }
  return assert.unreachable("nothing is refused") as never;
}
