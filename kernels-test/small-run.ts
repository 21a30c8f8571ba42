import type { Dataset } from "../src/data/dataset.js";
import type { Device } from "../src/gpu/device.js";
import { Interpreter } from "../src/graph/interpret.js";
import { RandomStream, streams } from "../src/random/philox.js";
import type { RunConfig } from "../src/train/config.js";
import type { TrainerOptions } from "../src/train/trainer.js";
import { Trainer } from "../src/train/trainer.js";
import { references } from "./ref/index.js";

const inputShape = [1, 4, 5] as const;
const base = { data: "small", batch: 8, epochs: 2, seed: 5, optimizer: { kind: "adam", lr: 5e-3 } } as const;
const model = { inputShape, hiddenDims: [12], latentDim: 4 };

/** Runs of each kind that the interpreter takes no time for. */
export const smallRuns: Readonly<Record<"ae" | "dae" | "vae", RunConfig>> = {
  ae: { ...base, model: { ...model, kind: "ae", reconstructionLoss: "mse" }, reduction: "batchMean" },
  dae: {
    ...base,
    model: { ...model, kind: "dae", reconstructionLoss: "l1", activation: "gelu" },
    reduction: "elementMean",
    corruption: { kind: "gaussian", sigma: 0.3 },
    clipNorm: 0.05,
  },
  vae: { ...base, model: { ...model, kind: "vae", reconstructionLoss: "bce" }, reduction: "sum", beta: 2 },
};

/** 21 rows of blurry bars of three classes: the last batch of an epoch is short. */
export function smallData(): Dataset {
  const random = new RandomStream(3, streams.test);
  const values = Uint8Array.from(
    { length: 21 * 20 },
    (_, i) => (i % 20 < Math.floor(i / 20) ? 180 : 20) + random.below(60),
  );
  const labels = Uint32Array.from({ length: 21 }, (_, i) => (2 * i) % 3);
  return { name: "small", count: 21, shape: [1, 4, 5], values, labels };
}

/** A trainer and an interpreter of its plan that begin with the same values. */
export async function sideBySide(
  device: Device,
  config: RunConfig,
  twins = references,
  options: TrainerOptions = {},
): Promise<{ trainer: Trainer; interpreter: Interpreter }> {
  const dataset = smallData();
  const trainer = new Trainer(device, config, dataset, options);
  const interpreter = new Interpreter(trainer.plan, twins, trainer.model.parameters.arenaLength);
  for (const { name, values } of trainer.batches.source.columns) interpreter.write(name, values);
  interpreter.write("weight arena", new Float32Array(await trainer.program.readBuffer("weight arena")));
  return { trainer, interpreter };
}

/** The step uniform of step `step`, for run, profile, debug and the interpreter. */
export const stepOf = (trainer: Trainer, step: number) => {
  const [place] = trainer.batches.prepare(trainer.program, step, 1);
  return trainer.stepValues(step, place);
};
