import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawGlyphs } from "../src/data/glyphs.js";
import { DoesNotFitError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { checkConfig } from "../src/train/config.js";
import { largestBatch } from "../src/train/planning.js";
import { taskOf } from "../src/train/tasks.js";
import { Trainer } from "../src/train/trainer.js";
import { cli } from "./run-cli.js";

const device = await Device.open();
const data = drawGlyphs(200, 0, 0);
const base = {
  model: { kind: "vae", inputShape: [1, 28, 28], hiddenDims: [32], latentDim: 4, reconstructionLoss: "bce" },
  data: "builtin:glyphs",
  batch: 32,
  epochs: 1,
  seed: 0,
  optimizer: { kind: "adam", lr: 1e-3 },
  reduction: "sum",
};
const conv = { kind: "vae", inputShape: [1, 28, 28], channels: [4, 6], latentDim: 3, reconstructionLoss: "bce" };

const test = suite("planned memory");

const configs: Readonly<Record<string, Record<string, unknown>>> = {
  "a VAE": {},
  "a VAE with an odd batch": { batch: 7 },
  "a clipped VAE": { clipNorm: 1 },
  "SGD without moments": { optimizer: { kind: "sgd", lr: 0.01 } },
  "a denoising autoencoder": {
    model: { ...base.model, kind: "dae", reconstructionLoss: "mse" },
    corruption: { kind: "masking", p: 0.5 },
  },
  "convolutions with batch norm": { model: { ...conv, norm: "batch" } },
  "residual blocks with group norm": { model: { ...conv, norm: "group", residualBlocks: 1 } },
};

for (const [name, more] of Object.entries(configs))
  test(`the planned peak is the bytes of the buffers then made: ${name}`, async () => {
    await device.idle();
    const own = await Device.open();
    try {
      const trainer = new Trainer(own, checkConfig({ ...base, ...more }), data);
      await trainer.run(4);
      await trainer.state();
      assert.is(own.memory.liveBytes, trainer.memory.peak);
      const { roles, peak } = trainer.memory;
      assert.is(
        Object.values(roles).reduce((n, bytes) => n + bytes, 0),
        peak,
      );
      assert.is(roles.weights, Math.max(256, 4 * trainer.model.parameters.arenaLength));
      trainer.dispose();
    } finally {
      await own.dispose();
    }
  });

test("a batch too large is refused before anything is allocated, with the largest that fits", () => {
  const { maxStorageBufferBindingSize } = device.limits;
  // The widest activation is the image, 784 numbers of 4 bytes.
  const most = Math.min(65_536, Math.floor(maxStorageBufferBindingSize / (784 * 4)));
  const target = {
    profile: device.profile,
    limits: { maxBufferSize: 10 * 784 * 4 + 15, maxStorageBufferBindingSize: 10 * 784 * 4 + 15 },
  };
  const config = checkConfig({ ...base, model: { ...base.model, hiddenDims: [4] }, batch: 300 });
  const few = drawGlyphs(8, 0, 0);
  assert.is(largestBatch(config, taskOf(config, few), target), 10);
  assert.is(largestBatch({ ...config, batch: 9 }, taskOf(config, few), target), 9, "no more than was asked for");
  assert.is(
    largestBatch(config, taskOf(config, few), {
      ...target,
      limits: { maxBufferSize: 64, maxStorageBufferBindingSize: 64 },
    }),
    0,
  );
  if (most === 65_536) return; // this adapter binds whatever a config may ask for
  const before = { ...device.counters };
  try {
    new Trainer(device, checkConfig({ ...base, batch: 65_536 }), data);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, DoesNotFitError);
    assert.match(
      (error as Error).message,
      new RegExp(`^With a batch of 65536 .* bytes .*; .* ${most}: take --batch ${most} or less\\.$`),
    );
  }
  assert.equal(device.counters, before, "something was made on the GPU");
});

test("train --dry-run prints bytes by role, the peak and the largest binding, and writes nothing", async () => {
  const dir = mkdtempSync(join(tmpdir(), "latentgpu-"));
  try {
    const out = join(dir, "run");
    const args = ["train", "conv/vae-28", "--limit", "64", "--dry-run", "--out", out];
    const json = await cli([...args, "--json"], { cwd: dir });
    assert.is(json.code, 0, json.lines.join());
    const report = JSON.parse(json.stdout);
    assert.is(report.batch, 32);
    assert.is(report.roles.inputs, 64 * 784);
    assert.ok(report.largestBinding.bytes <= report.largestBinding.limit);
    assert.ok(report.largestBatch >= 32);
    const text = await cli(args, { cwd: dir });
    assert.match(text.stdout, /\n {2}peak +[\d,]+ bytes\n {2}largest binding +[\d,]+ bytes {2}\S/);
    const large = await cli(["train", "conv/vae-128", "--limit", "8", "--dry-run", "--batch", "65536"], { cwd: dir });
    assert.is(large.code, 2);
    assert.match(large.lines.join(), /the largest batch that fits is \d+: take --batch/);
    assert.not.ok(existsSync(out) || existsSync(join(dir, "runs")));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.after(() => device.dispose());
test.run();
