import type { Dataset } from "../../src/data/dataset.js";
import type { TorchTensor } from "../../src/models/torch-layout.js";
import { fromTorch, toTorch } from "../../src/models/torch-layout.js";
import type { RunConfig } from "../../src/train/config.js";
import { Trainer } from "../../src/train/trainer.js";
import type { GoldenCase, Got, Runner } from "./contract.js";

/** Golden's names of the dense models' layers. */
const ours = (name: string): string =>
  name
    .replace(/^(body|enc)\./, "encoder.")
    .replace(/^dec\./, "decoder.")
    .replace(/^lv\./, "logVar.")
    .replace(/^proj\./, "projection.")
    .replace(/^mu_y$/, "classMeans.weight");

export interface Setting {
  readonly config: (item: GoldenCase, width: number) => Pick<RunConfig, "model" | "reduction" | "beta">;
  /** The images of the input x; rows of numbers where left out. */
  readonly images?: (item: GoldenCase) => Pick<Dataset, "shape" | "values">;
  /** The class of each row. */
  readonly labels?: (item: GoldenCase) => Uint32Array;
  /** Golden's names of the layers in ours; those of dense models where left out. */
  readonly name?: (golden: string) => string;
  /** The noise of each step, [steps, B, ...]. */
  readonly given?: "eps" | "noise";
}

/** A whole model: the gradient at the first step, the loss before each of the Adam steps, the weights after them. */
export const runnerOf =
  ({ config, given, images, labels, name: named = ours }: Setting): Runner =>
  async (device, item) => {
    const x = item.input("x");
    const [rows, width] = x.shape;
    const initial = item.inputs("p0/");
    const noise = given && item.input(given).data;
    const { lr, betas, eps } = item.params.adam as { lr: number; betas: [number, number]; eps: number };
    const dataset: Dataset = {
      name: item.name,
      count: rows,
      ...(images?.(item) ?? { shape: [1, 1, width], values: x.data as Float32Array }),
      ...(labels && { labels: labels(item) }),
    };
    const losses: number[] = [];
    const run: RunConfig = {
      ...config(item, width),
      data: item.name,
      batch: rows,
      epochs: 1,
      seed: 0,
      shuffle: false,
      optimizer: { kind: "adam", lr, betas, eps },
    };
    const trainer = new Trainer(device, run, dataset, {
      ...(given ? { given } : {}),
      onSteps: (steps) => losses.push(...steps.map((s) => s.loss)),
    });
    try {
      const { parameters } = trainer.model;
      const names = new Map([...initial.keys()].map((name) => [named(name), name]));
      const weights = new Map([...initial].map(([name, tensor]) => [named(name), tensor]));
      trainer.program.writeBuffer("weight arena", fromTorch(parameters, weights, item.name).weight);
      const got: Got = { losses };
      const keep = async (prefix: string, arena: string): Promise<void> => {
        const state = toTorch(parameters, new Float32Array(await trainer.program.readBuffer(`${arena} arena`)));
        for (const [name, { data }] of state as Map<string, TorchTensor>) got[`${prefix}/${names.get(name)}`] = data;
      };
      const steps = item.number("steps");
      for (let step = 0; step < steps; step++) {
        const drawn = noise && noise.length / steps;
        if (given && drawn)
          trainer.program.write(given, (noise as Float32Array).slice(step * drawn, (step + 1) * drawn));
        await trainer.run(step + 1);
        if (step === 0) await keep("g0", "gradient");
      }
      await keep(`p${steps}`, "weight");
      return got;
    } finally {
      trainer.dispose();
    }
  };
