import { suite } from "uvu";
import * as assert from "uvu/assert";
import { floatRows } from "../src/data/dataset.js";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { elements } from "../src/ops/op.js";
import { checkConfig, type RunConfig } from "../src/train/config.js";
import { Trainer } from "../src/train/trainer.js";
import { smallData } from "./small-run.js";

const test = suite("pretrain");
const device = await Device.open();
const data = smallData();
const base = {
  data: "small",
  batch: 8,
  epochs: 2,
  seed: 5,
  optimizer: { kind: "adam", lr: 1e-2 },
  reduction: "elementMean",
};
const model = { kind: "ae", inputShape: [1, 4, 5], hiddenDims: [12], latentDim: 6, reconstructionLoss: "mse" };
const stacked = (pretrain: RunConfig["pretrain"], more: Record<string, unknown> = {}): RunConfig =>
  checkConfig({ ...base, model, pretrain, ...more });

type Weights = Readonly<Record<string, Float32Array>>;

async function weightsOf(trainer: Trainer): Promise<Weights> {
  const arena = new Float32Array(await trainer.program.readBuffer("weight arena"));
  return Object.fromEntries(
    trainer.model.parameters.all.map(({ tensor }) => {
      const from = tensor.offset as number;
      return [tensor.name, arena.slice(from, from + elements(tensor.shape))];
    }),
  );
}

/** The weights before any step, and after the layers were trained and `run` steps. */
async function around(config: RunConfig, run = 0): Promise<{ before: Weights; after: Weights }> {
  const trainer = new Trainer(device, config, data);
  const before = await weightsOf(trainer);
  // A run that is stopped as it begins has trained its layers and nothing else.
  const work = trainer.run(Math.max(1, run));
  if (run === 0) trainer.stop();
  await work;
  assert.is(trainer.step, run);
  const after = await weightsOf(trainer);
  trainer.dispose();
  return { before, after };
}

for (const corruption of [undefined, { kind: "masking", p: 0.3 } as const])
  test(`the first pair is the autoencoder of one hidden layer${corruption ? ", masked" : ""}, whatever comes behind it`, async () => {
    const pretrain = { steps: 30, ...(corruption && { corruption }) };
    const { before, after } = await around(stacked(pretrain));
    const shallow = checkConfig({
      ...base,
      model: { ...model, kind: corruption ? "dae" : "ae", hiddenDims: [], latentDim: 12, latentActivation: "relu" },
      ...(corruption && { corruption }),
    });
    const trainer = new Trainer(device, shallow, data);
    const names = { "encoder.0": "encoder.0", "decoder.0": "decoder.2" };
    const arena = new Float32Array(trainer.model.parameters.arenaLength);
    const each = (work: (own: string, theirs: string, offset: number) => void): void => {
      for (const { tensor } of trainer.model.parameters.all)
        for (const [own, theirs] of Object.entries(names))
          if (tensor.name.startsWith(own)) work(tensor.name, tensor.name.replace(own, theirs), tensor.offset as number);
    };
    each((_, theirs, offset) => arena.set(before[theirs], offset));
    trainer.program.writeBuffer("weight arena", arena);
    await trainer.run(30);
    const alone = await weightsOf(trainer);
    each((own, theirs) => {
      alone[own].forEach((value, i) => {
        assert.ok(Math.abs(value - after[theirs][i]) < 1e-5, `${theirs}[${i}]: ${after[theirs][i]} and ${value}`);
      });
    });
    trainer.dispose();
  });

test("the second pair learns what the first one gives", async () => {
  const { before, after } = await around(stacked({ steps: 60 }));
  const layer = (x: number[], w: Float32Array, bias: Float32Array): number[] =>
    [...bias].map((b, o) => x.reduce((sum, v, i) => sum + v * w[i * bias.length + o], b));
  const relu = (x: number[]): number[] => x.map((v) => Math.max(0, v));
  const error = (second: Weights): number => {
    let sum = 0;
    for (let n = 0; n < data.count; n++) {
      const x = [...floatRows(data, n, 1)];
      const h = relu(layer(x, after["encoder.0.weight"], after["encoder.0.bias"]));
      const code = layer(h, second["encoder.2.weight"], second["encoder.2.bias"]);
      const made = relu(layer(code, second["decoder.0.weight"], second["decoder.0.bias"]));
      h.forEach((v, i) => {
        sum += (v - made[i]) ** 2;
      });
    }
    return sum;
  };
  assert.ok(error(after) < 0.5 * error(before), `${error(before)} before, ${error(after)} after`);
});

test("moments and gradients begin anew with the run, which is a function of its config alone", async () => {
  const config = stacked({ steps: 5, corruption: { kind: "gaussian", sigma: 0.1 } });
  const { after } = await around(config, 12);
  assert.equal((await around(config, 12)).after, after);
  // The run's own steps, from the weights that the layers have: nothing else is left over.
  const { after: start } = await around(config);
  const trainer = new Trainer(device, stacked(undefined), data);
  const arena = new Float32Array(trainer.model.parameters.arenaLength);
  for (const { tensor } of trainer.model.parameters.all) arena.set(start[tensor.name], tensor.offset as number);
  trainer.program.writeBuffer("weight arena", arena);
  await trainer.run(12);
  assert.equal(await weightsOf(trainer), after);
  trainer.dispose();
});

test("what has no pairs of layers is refused, with the remedy", () => {
  const refused = (part: RegExp, more: Record<string, unknown>, pretrain: unknown = { steps: 5 }): void => {
    assert.throws(
      () => checkConfig({ ...base, model, pretrain, ...more }),
      (error: Error) => error instanceof InputError && part.test(error.message),
    );
  };
  refused(/dense layers, and this model is a "vae"/, { model: { ...model, kind: "vae" } });
  const { hiddenDims: _, ...rest } = model;
  refused(/of convolutions/, { model: { ...rest, channels: [4], strides: [1] } });
  refused(/decoderDims \[9\] is not \[12\] turned round/, { model: { ...model, decoderDims: [9] } });
  refused(/hides patches/, {}, { steps: 5, corruption: { kind: "patch", size: 2, ratio: 0.5 } });
  refused(/pretrain\.steps is 0/, {}, { steps: 0 });
});

test.after(() => device.dispose());
test.run();
