// On one adapter: many steps of every model, whose kernels and plans other suites prove on each.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { CodeMaps } from "../src/data/codes.js";
import type { Dataset } from "../src/data/dataset.js";
import { openDataset } from "../src/data/node.js";
import { Device } from "../src/gpu/device.js";
import type { Classifier } from "../src/models/classifier.js";
import type { createModel } from "../src/models/index.js";
import { Judge } from "../src/models/judge.js";
import { createLearner } from "../src/models/learner.js";
import type { Learner } from "../src/models/model.js";
import type { PixelCnn } from "../src/models/pixelcnn.js";
import { Prior } from "../src/models/prior.js";
import { Runner } from "../src/models/runner.js";
import type { Arenas } from "../src/models/torch-layout.js";
import { weightsProgram } from "../src/models/weights-program.js";
import { classifierPresets } from "../src/train/classifier-presets.js";
import {
  type AnyRunConfig,
  checkRun,
  isClassifier,
  isPrior,
  type PriorRunConfig,
  type RunConfig,
} from "../src/train/config.js";
import { type Alarm, configAlarms } from "../src/train/health.js";
import type { StepLosses } from "../src/train/losses.js";
import { type Preset, presets } from "../src/train/presets.js";
import { priorPresets } from "../src/train/prior-presets.js";
import { decodeRun, encodeRun } from "../src/train/run-files.js";
import { Trainer } from "../src/train/trainer.js";
import { stripes } from "./prior-run.js";

/** Every ready configuration with the model that it names, its objective and its optimizer, for 20 steps. Only rows are fewer: two
 * batches of 32 images, of large ones as many as have 25,000 numbers together and one at the least. SwiftShader, many times slower, has
 * 6,000, and trains a VQ-VAE on images of 32 x 32 at most: its weights are the same for every size. */
const STEPS = 20;
const SMALL_SIDE = 32;
const all: readonly Preset<AnyRunConfig>[] = [...presets, ...priorPresets, ...classifierPresets];

const test = suite("presets");
const device = await Device.open();
const slow = device.profile.class === "swiftshader";
const numbers = slow ? 6000 : 25_000;

test("there are at least 24, each with its source, and no two have one name", () => {
  assert.ok(all.length >= 24, String(all.length));
  assert.is(new Set(all.map(({ name }) => name)).size, all.length);
  for (const { source, name, config } of all) {
    assert.ok(source.length > 0 && config.preset === name, name);
    checkRun(config);
  }
});

function shrunk(config: AnyRunConfig): AnyRunConfig {
  if (isPrior(config) || isClassifier(config) || !config.model.kind.startsWith("vq-vae")) return config;
  const [C, H, W] = config.model.inputShape;
  if (H <= SMALL_SIDE) return config;
  const inputShape = [C, SMALL_SIDE, (W * SMALL_SIDE) / H];
  return { ...config, resize: [inputShape[2], SMALL_SIDE], model: { ...config.model, inputShape } } as RunConfig;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** Maps of a prior's own shape, as a VQ-VAE might give them. */
function mapsFor({ shape, numEmbeddings, top }: PriorRunConfig["model"], count: number): CodeMaps {
  const maps = stripes(count, shape as [number, number], numEmbeddings, top?.numEmbeddings ?? 2, top?.shape as never);
  return { ...maps, ...(top ? {} : { top: undefined }) } as CodeMaps;
}

/** A preset on fewer rows. */
async function small(whole: AnyRunConfig): Promise<[RunConfig, Dataset]> {
  const config = slow ? shrunk(whole) : whole;
  const shape = isPrior(config) ? config.model.shape : config.model.inputShape;
  const width = shape.reduce((n, d) => n * d, isPrior(config) ? config.model.channels : 1);
  const batch = Math.min(config.batch, 32, Math.max(1, Math.floor(numbers / width)));
  const rows = 2 * batch;
  const data = isPrior(config)
    ? mapsFor(config.model, rows)
    : await openDataset(config.data, { limit: rows, resize: config.resize });
  return [{ ...config, batch, limit: rows } as RunConfig, data as Dataset];
}

/** What the saved run's model draws, where it has something to draw from. */
async function drawn(config: AnyRunConfig, model: Learner, { weight, statistics }: Arenas) {
  const weights = weightsProgram(device, weight, statistics);
  try {
    if (isPrior(config)) {
      const { top, shape } = config.model;
      // The pixels of a wide map are drawn one after the other: its own suite does that.
      if (top || shape[0] * shape[1] > 64) return;
      const prior = new Prior(device, model as PixelCnn, weights);
      const codes = await prior.sample(2, { seed: 1 });
      assert.is(codes.length, 2 * shape[0] * shape[1]);
      prior.dispose();
    } else if (isClassifier(config)) {
      const judge = new Judge(device, model as Classifier, weights);
      const width = config.model.inputShape.reduce((n, d) => n * d, 1);
      assert.ok((await judge.classify(new Float32Array(2 * width))).every((k) => k < config.model.numClasses));
      judge.dispose();
    } else if (config.model.kind === "td-vae") {
      const runner = new Runner(device, model as ReturnType<typeof createModel>, weights);
      const frames = await runner.rollout(new Float32Array(2 * 3 * 784), 3, { jumps: 1 });
      assert.ok(frames.length === 2 * 2 * 784 && frames.every((v) => v >= 0 && v <= 1));
      runner.dispose();
    } else if (config.model.kind === "vae") {
      const runner = new Runner(device, model as ReturnType<typeof createModel>, weights);
      const images = await runner.sample(2, 1);
      assert.is(images.length, 2 * config.model.inputShape.reduce((n, d) => n * d, 1));
      assert.ok(images.every((v) => v >= 0 && v <= 1));
      runner.dispose();
    }
  } finally {
    weights.dispose();
  }
}

/** Its codes begin near 0 and its latents leave them before they follow: PyTorch's loss on the same configuration rises tenfold
 * within these steps too, and its reconstruction falls. */
const risingAsPyTorch = "vq-28";

test("the loss that rises at first is PyTorch's too", () => {
  const { mseX, mseE } = JSON.parse(readFileSync("kernels-test/golden/vq-losses.json", "utf8"));
  const total = mseX.map((x: number, i: number) => x + 1.25 * mseE[i]).slice(0, STEPS);
  assert.ok(median(total.slice(-5)) > median(total.slice(0, 5)));
});

for (const { name, config: whole } of all)
  test(`${name}: 20 steps with a falling loss and no alarm, saved, reloaded, sampled`, async () => {
    const start = performance.now();
    const [config, data] = await small(whole);
    const losses: number[] = [];
    const recons: number[] = [];
    const alarms: Alarm[] = [];
    const options = {
      onSteps: (steps: readonly StepLosses[]) => {
        losses.push(...steps.map(({ loss }) => loss));
        recons.push(...steps.map(({ terms }) => terms.recon as number));
      },
      onHealth: (health: { alarms: readonly Alarm[] }) => void alarms.push(...health.alarms),
    };
    const trainer = new Trainer(device, config, data, options);
    await trainer.run(STEPS);
    assert.is(losses.length, STEPS);
    const falling = name === risingAsPyTorch ? recons : losses;
    const [first, last] = [median(falling.slice(0, 5)), median(falling.slice(-5))];
    assert.ok(last < first, `median ${first} of the first five steps, ${last} of the last`);
    assert.equal([...alarms, ...configAlarms(config, trainer.weighsByBeta)], []);

    const files = encodeRun(config, trainer.model, await trainer.state());
    await trainer.run(STEPS + 1);
    trainer.dispose();
    const saved = decodeRun(files);
    assert.equal(saved.config, config);
    const again = new Trainer(device, saved.config as RunConfig, data, options);
    again.restore(saved.state as NonNullable<typeof saved.state>);
    await again.run(STEPS + 1);
    assert.is(losses.at(-1), losses.at(-2), "the step behind the save, and the same after a reload");
    again.dispose();
    const model = createLearner(saved.config.model);
    await drawn(saved.config, model, saved.arenas(model));
    console.log(`told: ${name} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  });

test.after(() => device.dispose());
test.run();
