import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Dataset, floatRows } from "../src/data/dataset.js";
import { drawGlyphs } from "../src/data/glyphs.js";
import { evaluateModel } from "../src/evaluate/evaluate.js";
import { logSumExp } from "../src/evaluate/nll.js";
import { Device } from "../src/gpu/device.js";
import { initialWeights } from "../src/layers/init.js";
import type { ConditionKind } from "../src/models/condition.js";
import type { ConvConfig, DenseConfig } from "../src/models/config.js";
import { createModel } from "../src/models/index.js";
import type { Model } from "../src/models/model.js";
import { Runner } from "../src/models/runner.js";
import { fromTorch, toTorch } from "../src/models/torch-layout.js";
import { weightsProgram } from "../src/models/weights-program.js";
import { normalAt, RandomStream, streams } from "../src/random/philox.js";
import { checkConfig } from "../src/train/config.js";
import type { StepLosses } from "../src/train/losses.js";
import { Trainer } from "../src/train/trainer.js";
import { refusal } from "./conv-run.js";

const test = suite("conditional");
const device = await Device.open();

const dense: DenseConfig = {
  kind: "vae",
  inputShape: [1, 28, 28],
  hiddenDims: [16],
  latentDim: 3,
  reconstructionLoss: "bce",
  numClasses: 10,
};
const conv: ConvConfig = {
  kind: "vae",
  inputShape: [1, 4, 6],
  channels: [3],
  latentDim: 2,
  reconstructionLoss: "bce",
  condition: "concat",
  numClasses: 5,
};

interface Opened {
  readonly model: Model;
  readonly runner: Runner;
  readonly weights: ReturnType<typeof weightsProgram>;
}

/** A model with weights larger than a fresh one's, so that latents and classes matter. */
async function opened(config: DenseConfig | ConvConfig, work: (open: Opened) => Promise<void>): Promise<void> {
  const model = createModel(config);
  const weights = weightsProgram(
    device,
    initialWeights(model.parameters, 5).map((w) => 3 * w),
  );
  const runner = new Runner(device, model, weights);
  try {
    await work({ model, runner, weights });
  } finally {
    runner.dispose();
    weights.dispose();
  }
}

const kinds: readonly ConditionKind[] = ["priorMean", "add", "concat"];

for (const condition of kinds)
  test(`${condition}: who is told the class sees it, the others do not`, async () => {
    await opened({ ...dense, condition }, async ({ runner }) => {
      const x = floatRows(drawGlyphs(1), 0, 1);
      const three = Float32Array.from({ length: 3 * 784 }, (_, i) => x[i % 784]);
      const z = Float32Array.from([1, -1, 0.5, 1, -1, 0.5, 1, -1, 0.5]);
      const differs = async (made: Promise<Float32Array>): Promise<boolean> => {
        const out = await made;
        const width = out.length / 3;
        const [a, b, c] = [0, 1, 2].map((r) => [...out.subarray(r * width, (r + 1) * width)]);
        assert.equal(a, c, "rows of one class are one");
        return a.some((v, i) => v !== b[i]);
      };
      const labels = [4, 7, 4];
      assert.is(await differs(runner.statistics(three, labels)), condition === "concat");
      assert.is(await differs(runner.decode(z, labels)), condition !== "priorMean");
      const means = await runner.priorMeans(labels);
      assert.is(means !== undefined, condition === "priorMean");
    });
  });

test("draws are around the mean of their class, whose table is PyTorch's", async () => {
  await opened({ ...dense, condition: "priorMean" }, async ({ model, runner, weights }) => {
    const arena = new Float32Array(await weights.readBuffer("weight arena"));
    const table = toTorch(model.parameters, arena).get("classMeans.weight");
    assert.equal(table?.shape, [10, 3]);
    const rows = (label: number): number[] => [...(table?.data as Float32Array).subarray(3 * label, 3 * label + 3)];
    const labels = [8, 0, 8, 9];
    assert.equal([...((await runner.priorMeans(labels)) as Float32Array)], labels.flatMap(rows));
    const random = new RandomStream(6, streams.sample);
    const z = Float32Array.from(labels.flatMap(rows), (mean) => Math.fround(0.5 * random.normal()) + mean);
    assert.equal([...(await runner.sample(4, 6, 0.5, labels))], [...(await runner.decode(z, labels))]);
    const inTurn = await runner.sample(12, 6);
    const turn = Array.from({ length: 12 }, (_, i) => i % 10);
    assert.equal([...inTurn], [...(await runner.sample(12, 6, 1, turn))]);
  });
});

test("walks have the class of the nearer end, or the one that is asked for", async () => {
  await opened({ ...dense, condition: "add" }, async ({ runner }) => {
    const data = drawGlyphs(2);
    const [from, to] = [floatRows(data, 0, 1), floatRows(data, 1, 1)];
    const labels = { from: [3], to: [5] };
    const walk = await runner.interpolate(from, to, 5, { labels });
    const end = (at: number): number[] => [...walk.subarray(784 * at, 784 * (at + 1))];
    assert.equal(end(0), [...(await runner.reconstruct(from, [3]))]);
    assert.equal(end(4), [...(await runner.reconstruct(to, [5]))]);
    const as = await runner.interpolate(from, to, 5, { labels, as: 9 });
    assert.equal([...as.subarray(0, 784)], [...(await runner.decode(await runner.encode(from, [3]), [9]))]);
  });
});

test("labels that are missing, too few or unknown are refused", async () => {
  await opened({ ...dense, condition: "concat" }, async ({ runner, model }) => {
    const images = new Float32Array(2 * 784);
    const says = async (work: () => Promise<unknown>): Promise<string> => {
      let made: unknown;
      try {
        made = await work();
      } catch (error) {
        return refusal(() => {
          throw error;
        });
      }
      return assert.unreachable(String(made)) as never;
    };
    assert.match(await says(() => runner.encode(images)), /no labels were given/);
    assert.match(await says(() => runner.reconstruct(images, [1])), /1 labels were given for 2 images/);
    assert.match(await says(() => runner.sample(2, 0, 1, [1, 10])), /label 10 is none of the 10 classes/);
    const { labels, ...bare } = drawGlyphs(3);
    assert.match(await says(() => evaluateModel(device, model, undefined as never, bare)), /glyphs.* has no labels/);
    const run = checkConfig({
      ...{ model: model.config, data: "x", batch: 2, epochs: 1, seed: 0, reduction: "sum" },
      optimizer: { kind: "adam", lr: 1e-3 },
    });
    assert.match(
      refusal(() => new Trainer(device, run, bare)),
      /has no labels and the model is conditional/,
    );
    const odd = { ...bare, labels: Uint32Array.of(1, 12, 0) };
    assert.match(
      refusal(() => new Trainer(device, run, odd)),
      /label 12 is none of the 10 classes/,
    );
    assert.is(labels?.length, 3);
  });
});

test("configs that do not go together are refused", () => {
  const says = (model: object, more: object = {}): string =>
    refusal(() =>
      checkConfig({
        ...{ data: "x", batch: 2, epochs: 1, seed: 0, reduction: "sum", optimizer: { kind: "adam", lr: 1e-3 } },
        model: { ...dense, ...model },
        ...more,
      }),
    );
  assert.match(says({}), /model.condition is missing beside model.numClasses/);
  assert.match(says({ condition: "add", numClasses: undefined }), /model.numClasses is missing/);
  assert.match(says({ kind: "ae", condition: "add" }), /model.condition is for a "vae"/);
  assert.match(says({ condition: "ad" }), /condition/);
  assert.match(says({ condition: "priorMean" }, { freeBits: 1 }), /freeBits counts the KL to N\(0, I\)/);
  assert.match(says({ condition: "concat" }, { importanceSamples: 2 }), /importanceSamples is for models without/);
});

test("the class's columns of a convolutional encoder are PyTorch's, behind the features", async () => {
  const { parameters } = createModel(conv);
  const arena = initialWeights(parameters, 3);
  const saved = toTorch(parameters, arena);
  assert.equal(saved.get("mu.weight")?.shape, [2, 2 * 3 * 3 + 5]);
  assert.equal(saved.get("decoder.0.weight")?.shape, [2 * 3 * 3, 2 + 5]);
  const { tensor } = parameters.all.find((p) => p.tensor.name === "statistics.weight") as {
    tensor: { offset?: number };
  };
  const mu = saved.get("mu.weight")?.data as Float32Array;
  const ours = (row: number, column: number): number => arena[(tensor.offset ?? 0) + 4 * row + column];
  // PyTorch flattens [3, 2, 3] channel by channel, ours place by place; classes follow.
  assert.is(mu[1 * 6 + 4], ours(4 * 3 + 1, 0));
  assert.is(mu[23 + 18 + 2], ours(18 + 2, 1));
  assert.equal(fromTorch(parameters, saved, "there").weight, arena);
});

test("a convolutional model learns what its classes look like", async () => {
  // Stripes whose place is the class, on noise.
  const labels = Uint32Array.from({ length: 60 }, (_, i) => i % 5);
  const random = new RandomStream(3, streams.test);
  const values = Uint8Array.from(
    { length: 60 * 24 },
    (_, i) => (i % 6 === labels[Math.floor(i / 24)] ? 200 : 0) + random.below(50),
  );
  const data: Dataset = { name: "stripes", count: 60, shape: [1, 4, 6], values, labels };
  const seen: StepLosses[] = [];
  const config = checkConfig({
    ...{ model: conv, data: "stripes", batch: 20, epochs: 50, seed: 1, reduction: "sum" },
    optimizer: { kind: "adam", lr: 2e-2 },
  });
  const trainer = new Trainer(device, config, data, { onSteps: (s) => seen.push(...s) });
  const runner = new Runner(device, trainer.model, trainer.program);
  try {
    await trainer.run(150);
    assert.ok((seen.at(-1)?.loss ?? 0) < 0.8 * (seen[0]?.loss ?? 0), `${seen[0]?.loss} to ${seen.at(-1)?.loss}`);
    const drawn = await runner.sample(5, 1, 0);
    for (let label = 0; label < 5; label++) {
      const column = (x: number): number => [0, 1, 2, 3].reduce((sum, y) => sum + drawn[label * 24 + y * 6 + x], 0);
      const columns = [0, 1, 2, 3, 4, 5].map(column);
      assert.is(columns.indexOf(Math.max(...columns)), label, `${columns}`);
    }
  } finally {
    runner.dispose();
    trainer.dispose();
  }
});

test("KL and NLL are those of each class's own prior", async () => {
  const config: DenseConfig = {
    ...{ ...dense, inputShape: [1, 4, 4], hiddenDims: [8], latentDim: 1 },
    condition: "priorMean",
    numClasses: 2,
  };
  await opened(config, async ({ model, runner, weights }) => {
    const arena = new Float32Array(await weights.readBuffer("weight arena"));
    const { offset = 0 } = (
      model.parameters.all.find((p) => p.tensor.name === "classMeans.weight") as { tensor: { offset?: number } }
    ).tensor;
    arena.set([-1, 1.5], offset);
    weights.writeBuffer("weight arena", arena);
    const images = 100;
    const values = Float32Array.from({ length: 16 * images }, (_, i) =>
      Math.abs(Math.sin(normalAt(1, streams.test, 0, i))),
    );
    const labels = Uint32Array.from({ length: images }, (_, i) => i % 2);
    const dataset: Dataset = { name: "noise", count: images, shape: [1, 4, 4], values, labels };
    const points = 1601;
    const z = Float32Array.from({ length: points }, (_, i) => -8 + (16 * i) / (points - 1));
    const p = await runner.decode(z);
    let exact = 0;
    for (let n = 0; n < images; n++) {
      const logs = Float64Array.from(z, (zi, i) => {
        const away = zi - (labels[n] === 0 ? -1 : 1.5);
        let log = -0.5 * away * away - 0.5 * Math.log(2 * Math.PI) + Math.log(16 / (points - 1));
        for (let d = 0; d < 16; d++) {
          const t = values[n * 16 + d];
          log += t * Math.log(p[i * 16 + d]) + (1 - t) * Math.log(1 - p[i * 16 + d]);
        }
        return log;
      });
      exact -= logSumExp(logs) / images;
    }
    const found = await evaluateModel(device, model, weights, dataset, { samples: 1000 });
    assert.ok(Math.abs((found.nll as number) - exact) < 0.03, `${found.nll} and ${exact}`);
    assert.ok((found.negativeElbo as number) > exact);
    const [kl] = found.klPerDim as number[];
    assert.ok(Math.abs(kl - found.terms.kl) < 1e-5 * kl, `${kl} and ${found.terms.kl}`);
  });
});

test.run();
