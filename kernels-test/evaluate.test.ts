import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Dataset } from "../src/data/dataset.js";
import { floatRows, limitRows } from "../src/data/dataset.js";
import { drawGlyphs } from "../src/data/glyphs.js";
import { InputError } from "../src/errors.js";
import {
  Corruptor,
  evaluateModel,
  importanceNll,
  LatentStatistics,
  logSumExp,
  psnr,
  squaredErrors,
  ssim,
  ssimWindow,
} from "../src/evaluate/index.js";
import { Device } from "../src/gpu/device.js";
import { initialWeights } from "../src/layers/init.js";
import type { DenseConfig } from "../src/models/config.js";
import { createModel } from "../src/models/index.js";
import { Runner } from "../src/models/runner.js";
import { weightsProgram } from "../src/models/weights-program.js";
import { RandomStream, streams } from "../src/random/philox.js";

const test = suite("evaluate");
const random = new RandomStream(1, streams.test);
const uniforms = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.uniform());
const near = (a: number, b: number, tolerance: number, what = ""): void =>
  assert.ok(Math.abs(a - b) <= tolerance, `${what} ${a} and ${b}`);

test("squared error and PSNR by hand", () => {
  assert.equal([...squaredErrors([0, 1, 0.5, 0.5], [0, 0, 0.5, 0.25], 2)], [0.5, 0.03125]);
  near(psnr(0.01), 20, 1e-12);
  near(psnr(1), 0, 0);
  assert.is(psnr(0), 100);
});

/** SSIM by its definition: a two-dimensional window at each place, central moments. */
function plainSsim(a: Float32Array, b: Float32Array, [C, H, W]: readonly number[], side: number): number {
  let total = 0;
  let places = 0;
  for (let c = 0; c < C; c++)
    for (let top = 0; top + side <= H; top++)
      for (let left = 0; left + side <= W; left++) {
        const cells: [number, number, number][] = [];
        for (let y = 0; y < side; y++)
          for (let x = 0; x < side; x++) {
            const middle = (side - 1) / 2;
            const weight = Math.exp(-((y - middle) ** 2 + (x - middle) ** 2) / (2 * 1.5 ** 2));
            const i = ((top + y) * W + left + x) * C + c;
            cells.push([weight, a[i], b[i]]);
          }
        const mass = cells.reduce((s, [w]) => s + w, 0);
        const mean = (f: (a: number, b: number) => number): number =>
          cells.reduce((s, [w, p, q]) => s + (w / mass) * f(p, q), 0);
        const [ma, mb] = [mean((p) => p), mean((_, q) => q)];
        const [va, vb] = [mean((p) => (p - ma) ** 2), mean((_, q) => (q - mb) ** 2)];
        const cov = mean((p, q) => (p - ma) * (q - mb));
        total += ((2 * ma * mb + 1e-4) * (2 * cov + 9e-4)) / ((ma * ma + mb * mb + 1e-4) * (va + vb + 9e-4));
        places++;
      }
  return total / places;
}

test("SSIM is its definition, channel by channel, with a smaller window for smaller images", () => {
  const cases: [number[], number][] = [
    [[1, 28, 28], 11],
    [[3, 12, 17], 11],
    [[1, 8, 9], 7],
    [[2, 3, 4], 3],
  ];
  for (const [shape, side] of cases) {
    assert.is(ssimWindow(shape[1], shape[2]), side);
    const n = shape[0] * shape[1] * shape[2];
    const [a, b] = [uniforms(2 * n), uniforms(2 * n)];
    const found = ssim(a, b, shape) as Float64Array;
    for (let i = 0; i < 2; i++) {
      const part = (v: Float32Array): Float32Array => v.subarray(i * n, (i + 1) * n);
      near(found[i], plainSsim(part(a), part(b), shape, side), 1e-10, String(shape));
    }
    near((ssim(a, a, shape) as Float64Array)[0], 1, 1e-12);
  }
  assert.is(ssim([1], [1], [1, 1, 1]), undefined);
  const [dark, light] = [new Float32Array(784).fill(0.25), new Float32Array(784).fill(0.5)];
  near((ssim(dark, light, [1, 28, 28]) as Float64Array)[0], (0.25 + 1e-4) / (0.3125 + 1e-4), 1e-12, "flat images");
});

test("log-sum-exp and the importance bound hold far from 0", () => {
  near(logSumExp([1000, 1000]), 1000 + Math.LN2, 1e-12);
  near(logSumExp([-2000, -2001]), -2000 + Math.log(1 + Math.exp(-1)), 1e-12);
  assert.is(logSumExp([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]), Number.NEGATIVE_INFINITY);
  near(importanceNll([-120]), 120, 0);
  near(importanceNll([-800, -800, -800]), 800, 1e-12);
  near(importanceNll([-800, -700]), 700 + Math.LN2, 1e-12);
});

test("latent statistics: mean, variance, KL and active units by hand", () => {
  const statistics = new LatentStatistics(2, true);
  // mu of the first: 1000.1, 1000.3; of the second 0.05, -0.05
  statistics.add([1000.1, 0.05, 0, Math.log(4)]);
  statistics.add([1000.3, -0.05, 0, 0]);
  near(statistics.mean[0], 1000.2, 1e-9);
  near(statistics.variance[0], 0.01, 1e-9);
  near(statistics.variance[1], 0.0025, 1e-12);
  near(statistics.kl[1], (0.5 * (0.0025 + 4 - 1 - Math.log(4)) + 0.5 * 0.0025) / 2, 1e-12);
  assert.is(new LatentStatistics(1, false).activeUnits, 0);
  const code = new LatentStatistics(2, false);
  code.add([0, 1, 0.3, 1.01]);
  assert.is(code.activeUnits, 1);
  assert.equal(code.kl, [0, 0]);
});

async function withModel<T>(
  config: Partial<DenseConfig>,
  work: (
    device: Device,
    model: ReturnType<typeof createModel>,
    weights: ReturnType<typeof weightsProgram>,
  ) => Promise<T>,
): Promise<T> {
  const whole: DenseConfig = {
    kind: "vae",
    inputShape: [1, 28, 28],
    hiddenDims: [16],
    latentDim: 3,
    reconstructionLoss: "bce",
    ...config,
  };
  const device = await Device.open();
  try {
    const model = createModel(whole);
    // Larger than a fresh network's, so that latents matter.
    const arena = initialWeights(model.parameters, 5).map((w) => 3 * w);
    return await work(device, model, weightsProgram(device, arena));
  } finally {
    await device.dispose();
  }
}

test("NLL of a VAE with one latent is the integral over its prior", async () => {
  await withModel({ inputShape: [1, 4, 4], hiddenDims: [8], latentDim: 1 }, async (device, model, weights) => {
    const dataset: Dataset = { name: "noise", count: 5, shape: [1, 4, 4], values: uniforms(80) };
    const runner = new Runner(device, model, weights);
    const points = 1601;
    const z = Float32Array.from({ length: points }, (_, i) => -8 + (16 * i) / (points - 1));
    const p = await runner.decode(z);
    const images = floatRows(dataset, 0, 5);
    let exact = 0;
    for (let n = 0; n < 5; n++) {
      const logs = Float64Array.from(z, (zi, i) => {
        let log = -0.5 * zi * zi - 0.5 * Math.log(2 * Math.PI) + Math.log(16 / (points - 1));
        for (let d = 0; d < 16; d++) {
          const t = images[n * 16 + d];
          log += t * Math.log(p[i * 16 + d]) + (1 - t) * Math.log(1 - p[i * 16 + d]);
        }
        return log;
      });
      exact -= logSumExp(logs) / 5;
    }
    const { nll, negativeElbo } = await evaluateModel(device, model, weights, dataset, { samples: 2000 });
    near(nll as number, exact, 0.03, "nll");
    assert.ok((negativeElbo as number) > exact + 0.05, `the bound ${negativeElbo} lies above ${exact}`);
  });
});

test("a VAE's measures agree with each other and with the runner; bytes and floats alike", async () => {
  await withModel({}, async (device, model, weights) => {
    const dataset = drawGlyphs(150);
    const e = await evaluateModel(device, model, weights, dataset, { samples: 4 });
    assert.is(e.images, 150);
    const kl = (e.klPerDim as number[]).reduce((a, b) => a + b, 0);
    near(kl, e.terms.kl, 1e-5 * kl, "KL on the GPU and by dimension in float64");
    near(e.negativeElbo as number, e.terms.recon + e.terms.kl, 1e-9);
    near(e.bitsPerDim as number, (e.negativeElbo as number) / (784 * Math.LN2), 1e-12);
    assert.is(e.likelihoodConstant, 0);
    assert.ok((e.nll as number) < (e.negativeElbo as number));
    const runner = new Runner(device, model, weights);
    const images = floatRows(dataset, 0, 150);
    const errors = squaredErrors(images, await runner.reconstruct(images), 784);
    near(e.mse, errors.reduce((a, b) => a + b, 0) / 150, 1e-9);
    near(e.psnr, errors.map(psnr).reduce((a, b) => a + b, 0) / 150, 1e-9);
    assert.is(e.ssimWindow, 11);
    const floats = { ...dataset, values: images };
    assert.equal(await evaluateModel(device, model, weights, floats, { samples: 4 }), e, "the same run twice");
    const other = await evaluateModel(device, model, weights, dataset, { samples: 4, seed: 1 });
    assert.is.not(other.terms.recon, e.terms.recon);
    assert.is(other.mse, e.mse);
  });
});

test("means weigh images alike, whatever submit they fell into", async () => {
  await withModel({ kind: "ae", reconstructionLoss: "mse" }, async (device, model, weights) => {
    const dataset = drawGlyphs(131);
    const tail: Dataset = { ...drawGlyphs(3, 0, 128) };
    const all = await evaluateModel(device, model, weights, dataset);
    const head = await evaluateModel(device, model, weights, limitRows(dataset, 128));
    const rest = await evaluateModel(device, model, weights, tail);
    near(all.terms.recon, (128 * head.terms.recon + 3 * rest.terms.recon) / 131, 1e-9);
    near(all.terms.recon, all.mse * 784, 1e-4, "squared error summed on the GPU and in float64");
    assert.equal(
      [all.nll, all.klPerDim, all.negativeElbo, all.corruptedMse],
      [undefined, undefined, undefined, undefined],
    );
  });
});

test("a denoising autoencoder is measured on corrupted input against the clean image", async () => {
  await withModel({ kind: "dae", reconstructionLoss: "mse" }, async (device, model, weights) => {
    const dataset = drawGlyphs(200);
    const images = floatRows(dataset, 0, 200);
    const power = images.reduce((sum, v) => sum + v * v, 0) / images.length;
    const gaussian = { kind: "gaussian", sigma: 0.3 } as const;
    const e = await evaluateModel(device, model, weights, dataset, { corruption: gaussian });
    near(e.corruptedMse as number, 0.09, 0.09 * 0.02);
    near(e.terms.recon, e.mse * 784, 1e-4);
    const clean = await evaluateModel(device, model, weights, dataset, { corruption: { kind: "gaussian", sigma: 0 } });
    assert.is(clean.corruptedMse, 0);
    assert.ok(Math.abs(clean.mse - e.mse) > 1e-5, "the noise reaches the encoder");
    const masked = await evaluateModel(device, model, weights, dataset, { corruption: { kind: "masking", p: 0.5 } });
    near(masked.corruptedMse as number, 0.5 * power, 0.03 * power);
    const again = await evaluateModel(device, model, weights, dataset, { corruption: gaussian });
    assert.equal(again, e);
    const refused = await evaluateModel(device, model, weights, dataset).catch((error: unknown) => error);
    assert.ok(refused instanceof InputError && /corruption/.test(refused.message));
    const sprites: Dataset = { name: "wide", count: 1, shape: [1, 2, 2], values: new Uint8Array(4) };
    const misfit = await evaluateModel(device, model, weights, sprites).catch((error: unknown) => error);
    assert.ok(misfit instanceof InputError && /\[1,2,2\]/.test(misfit.message));
  });
});

test("the corruptor works on any number of rows, each in its place", async () => {
  const device = await Device.open();
  try {
    const corruptor = new Corruptor(device, [1, 3, 5], { kind: "masking", p: 0.3 }, 4);
    const images = uniforms(10 * 15);
    const { seen, hidden = images } = await corruptor.apply(images, 7);
    assert.ok(seen.every((v, i) => v === 0 || v === images[i]));
    assert.ok(hidden.every((v, i) => (v === 1 ? seen[i] === 0 : v === 0 && seen[i] === images[i])));
    const kept = seen.reduce((n, v) => n + (v === 0 ? 0 : 1), 0);
    assert.ok(kept > 75 && kept < 135, String(kept));
    assert.equal(
      (await corruptor.apply(images.subarray(4 * 15), 7, 1)).seen,
      seen.subarray(4 * 15),
      "a function of the place",
    );
    assert.not.equal((await corruptor.apply(images, 8)).seen, seen);
  } finally {
    await device.dispose();
  }
});

test("a row's noise is its own in every submit; bytes mean value / 255", async () => {
  await withModel({}, async (device, model, weights) => {
    const one = drawGlyphs(1).values as Uint8Array;
    const copies = (count: number): Dataset => {
      const values = new Uint8Array(count * 784);
      for (let n = 0; n < count; n++) values.set(one, n * 784);
      return { name: "copies", count, shape: [1, 28, 28], values };
    };
    const recon = async (count: number): Promise<number> =>
      (await evaluateModel(device, model, weights, copies(count), { samples: 1 })).terms.recon;
    assert.ok(Math.abs((await recon(256)) - (await recon(128))) > 1e-6);
    assert.equal(
      floatRows({ ...copies(1), values: Uint8Array.from({ length: 784 }, (_, i) => i % 256) }, 0, 1)[255],
      1,
    );
  });
});

test("densities: the constants of the squared and the absolute error", async () => {
  for (const [reconstructionLoss, constant] of [
    ["mse", 392 * Math.log(Math.PI)],
    ["l1", 784 * Math.LN2],
  ] as const)
    await withModel({ reconstructionLoss }, async (device, model, weights) => {
      const e = await evaluateModel(device, model, weights, drawGlyphs(4), { samples: 1 });
      near(e.likelihoodConstant as number, constant, 1e-9);
      near(e.bitsPerDim as number, ((e.negativeElbo as number) + constant) / (784 * Math.LN2), 1e-9);
    });
});

test.run();
