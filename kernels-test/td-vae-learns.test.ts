// On one adapter: 800 steps of training, whose kernels and plan other suites prove on each.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Dataset } from "../src/data/dataset.js";
import { rolloutAgreement } from "../src/evaluate/rollouts.js";
import { Device } from "../src/gpu/device.js";
import { Runner } from "../src/models/runner.js";
import { checkConfig } from "../src/train/config.js";
import type { StepLosses } from "../src/train/losses.js";
import { Trainer } from "../src/train/trainer.js";

const test = suite("TD-VAE learns");
const side = 8;
const given = 3;

/** A point on a ring of 8, at each place and moving each way: 8 frames of 1 x 8 below one another. */
function ring(): Dataset {
  const count = 2 * side;
  const values = Uint8Array.from({ length: count * side * side }, (_, i) => {
    const [x, t, row] = [i % side, Math.floor(i / side) % side, Math.floor(i / side ** 2)];
    const place = (row >> 1) + (row % 2 === 0 ? t : -t);
    return (place + side) % side === x ? 255 : 0;
  });
  return { name: "ring", count, shape: [1, side, side], values };
}

test("800 steps find the motion: what follows three frames is foreseen, jump by jump and at once", async () => {
  const device = await Device.open();
  const data = ring();
  const config = checkConfig({
    data: "ring",
    batch: 16,
    epochs: 1,
    seed: 1,
    optimizer: { kind: "adam", lr: 1e-2 },
    beta: 0.2,
    reduction: "batchMean",
    model: {
      kind: "td-vae",
      inputShape: [1, side, side],
      frames: side,
      belief: "gru",
      featureDims: [24],
      beliefDim: 24,
      latentDim: 6,
      hiddenDim: 64,
      decoderDims: [24],
      maxJump: 3,
      pairs: 6,
      overshoot: 1,
      reconstructionLoss: "bce",
    },
  });
  const losses: number[] = [];
  const onSteps = (steps: readonly StepLosses[]) => losses.push(...steps.map((s) => s.loss));
  const trainer = new Trainer(device, config, data, { onSteps });
  await trainer.run(800);
  const mean = (some: readonly number[]): number => some.reduce((a, b) => a + b, 0) / some.length;
  const [first, last] = [mean(losses.slice(0, 10)), mean(losses.slice(-10))];
  assert.ok(last < first / 2, `${first} to ${last}`);

  const runner = new Runner(device, trainer.model, trainer.program);
  const sequences = Float32Array.from(data.values, (v) => v / 255);
  const begun = sequences.filter((_, i) => i % side ** 2 < given * side);
  for (const [length, jumps] of [
    [1, 4],
    [2, 2],
    [3, 1],
  ]) {
    const rollouts = await runner.rollout(begun, given, { jumps, length, temperature: 0 });
    const { correlation, copy } = rolloutAgreement(sequences, rollouts, {
      count: data.count,
      width: side,
      given,
      length,
    });
    assert.is(correlation.length, jumps + 1);
    for (const [k, value] of correlation.entries())
      assert.ok(value > 0.75, `jump ${k} of ${length}: ${value}, ${copy[k]} by copying`);
    assert.ok(copy.slice(1).every((c) => c < 0.5));
  }
  runner.dispose();
  trainer.dispose();
  await device.dispose();
});

test.run();
