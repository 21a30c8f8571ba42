import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Dataset } from "../src/data/dataset.js";
import { drawGlyphs } from "../src/data/glyphs.js";
import { evaluateClassifier, judgeSamples } from "../src/evaluate/classify.js";
import { Device } from "../src/gpu/device.js";
import { initialWeights } from "../src/layers/init.js";
import { Classifier } from "../src/models/classifier.js";
import type { ClassifierConfig } from "../src/models/classifier-config.js";
import { createModel } from "../src/models/index.js";
import { Judge, likeliest } from "../src/models/judge.js";
import type { Model } from "../src/models/model.js";
import { Runner } from "../src/models/runner.js";
import { toTorch } from "../src/models/torch-layout.js";
import { weightsProgram } from "../src/models/weights-program.js";
import { type ClassifierRunConfig, checkRun } from "../src/train/config.js";
import { decodeRun, encodeRun } from "../src/train/run-files.js";
import { Trainer } from "../src/train/trainer.js";
import { refusal } from "./conv-run.js";

const test = suite("classifier");
const device = await Device.open();

const dense: ClassifierConfig = { kind: "classifier", inputShape: [1, 28, 28], numClasses: 10, hiddenDims: [24] };
const conv: ClassifierConfig = { ...dense, channels: [4, 6], hiddenDims: [] };
const runOf = (model: object, more: object = {}): ClassifierRunConfig =>
  checkRun({
    ...{ model, data: "glyphs", batch: 50, epochs: 1, seed: 2, reduction: "batchMean" },
    optimizer: { kind: "adam", lr: 4e-3 },
    ...more,
  }) as ClassifierRunConfig;

test("the likeliest class is the first of the largest", () => {
  assert.equal([...likeliest(Float32Array.of(1, 3, 3, -5, -7, -6), 3)], [1, 0]);
});

for (const [name, model] of Object.entries({ dense, conv }))
  test(`${name} layers learn drawn digits, and their run comes back from its files`, async () => {
    const data = drawGlyphs(1000);
    const trainer = new Trainer<Classifier>(device, runOf(model), data);
    const judge = new Judge(device, trainer.model, trainer.program);
    try {
      const before = await evaluateClassifier(judge, data);
      assert.ok(Math.abs(before.nll - Math.log(10)) < 0.2, `${before.nll} nats before the first step`);
      await trainer.run(150);
      const found = await evaluateClassifier(judge, data);
      assert.ok(found.accuracy > 0.9, `${found.accuracy}`);
      assert.ok(found.nll < 0.5, `${found.nll}`);
      const perClass = drawGlyphs(1000).labels?.reduce((n, l) => n.with(l, n[l] + 1), new Array<number>(10).fill(0));
      const whole = found.byClass.reduce((sum, share, k) => sum + share * (perClass?.[k] ?? 0), 0);
      assert.ok(Math.abs(whole / 1000 - found.accuracy) < 1e-9, "the accuracy is the classes' together");
      const files = encodeRun(trainer.config, trainer.model, await trainer.state());
      const saved = decodeRun(files);
      const again = new Classifier((saved.config as ClassifierRunConfig).model);
      const weights = weightsProgram(device, saved.arenas(again).weight);
      const other = new Judge(device, again, weights);
      assert.equal(await evaluateClassifier(other, data), found);
      other.dispose();
      weights.dispose();
    } finally {
      judge.dispose();
      trainer.dispose();
    }
  });

test("PyTorch's names count activations and Flatten", () => {
  const names = (config: ClassifierConfig): string[] => {
    const { parameters } = new Classifier(config);
    return [...toTorch(parameters, initialWeights(parameters, 0))].map(([name, { shape }]) => `${name} [${shape}]`);
  };
  assert.equal(names(dense), [
    "layers.0.weight [24,784]",
    "layers.0.bias [24]",
    "layers.2.weight [10,24]",
    "layers.2.bias [10]",
  ]);
  assert.equal(names(conv), [
    "layers.0.weight [4,1,3,3]",
    "layers.0.bias [4]",
    "layers.2.weight [6,4,3,3]",
    "layers.2.bias [6]",
    "layers.5.weight [10,294]",
    "layers.5.bias [10]",
  ]);
});

/** A conditional model whose draws of class k are images of grey k / 10, and a classifier that tells greys apart. */
async function greys(work: (runner: Runner, judge: Judge) => Promise<void>): Promise<void> {
  const model: Model = createModel({
    ...{ kind: "vae", inputShape: [1, 1, 4], hiddenDims: [], latentDim: 1, reconstructionLoss: "mse" },
    ...{ condition: "concat", numClasses: 4 },
  });
  const put = (target: Float32Array, of: { parameters: Model["parameters"] }, name: string, values: number[]): void => {
    const { tensor } = of.parameters.all.find((p) => p.tensor.name === name) as { tensor: { offset?: number } };
    target.set(values, tensor.offset ?? 0);
  };
  const arena = new Float32Array(model.parameters.arenaLength);
  // Inputs of the decoder: z, then the class's four. Logits of class k are 2 k - 3.
  put(
    arena,
    model,
    "decoder.0.weight",
    [0, -3, -1, 1, 3].flatMap((v) => [v, v, v, v]),
  );
  const classifier = new Classifier({ kind: "classifier", inputShape: [1, 1, 4], numClasses: 4, hiddenDims: [] });
  const judging = new Float32Array(classifier.parameters.arenaLength);
  // Squared distance of the mean grey m from each class's: logits 2 c m - c^2 (up to what all share).
  const centres = [-3, -1, 1, 3].map((v) => 1 / (1 + Math.exp(-v)));
  put(
    judging,
    classifier,
    "layers.0.weight",
    [0, 1, 2, 3].flatMap(() => centres.map((c) => (2 * c) / 4)),
  );
  put(
    judging,
    classifier,
    "layers.0.bias",
    centres.map((c) => -c * c),
  );
  const [weights, judges] = [weightsProgram(device, arena), weightsProgram(device, judging)];
  const [runner, judge] = [new Runner(device, model, weights), new Judge(device, classifier, judges)];
  try {
    await work(runner, judge);
    // Class 3 is drawn as class 2 is.
    put(
      arena,
      model,
      "decoder.0.weight",
      [0, -3, -1, 1, 1].flatMap((v) => [v, v, v, v]),
    );
    weights.writeBuffer("weight arena", arena);
    const found = await judgeSamples(runner, judge, { perClass: 5 });
    assert.equal([found.asAsked, found.asAskedByClass], [0.75, [1, 1, 1, 0]]);
  } finally {
    for (const each of [runner, judge, weights, judges]) each.dispose();
  }
}

test("draws of each class are judged by the class that was asked for", async () => {
  await greys(async (runner, judge) => {
    const found = await judgeSamples(runner, judge, { perClass: 30 });
    assert.equal([found.perClass, found.asAsked, found.asAskedByClass], [30, 1, [1, 1, 1, 1]]);
  });
});

test("what does not fit is refused", async () => {
  const bare = { ...drawGlyphs(5), labels: undefined } as unknown as Dataset;
  assert.match(
    refusal(() => new Trainer<Classifier>(device, runOf(dense), bare)),
    /no labels and the model is a class/,
  );
  const three = runOf({ ...dense, numClasses: 3 });
  assert.match(
    refusal(() => new Trainer<Classifier>(device, three, drawGlyphs(50))),
    /none of the 3 classes/,
  );
  const wide = runOf({ ...dense, inputShape: [1, 4, 4] });
  assert.match(
    refusal(() => new Trainer<Classifier>(device, wide, drawGlyphs(5))),
    /holds images of \[1,28,28\]/,
  );
  assert.match(
    refusal(() => runOf(dense, { beta: 2 })),
    /beta has no meaning for a classifier/,
  );
  assert.match(
    refusal(() => runOf({ ...dense, latentDim: 2 })),
    /latentDim/,
  );
  assert.match(
    refusal(() => runOf({ ...conv, channels: [2, 2, 2] })),
    /cannot be divided by strides of 2 x 2 x 2/,
  );
});

test.run();
