// On one adapter: what the files compute is no matter of the adapter, and their runtime loads its own WebAssembly.
import { InferenceSession, Tensor } from "onnxruntime-web";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { classifierToOnnx, modelToOnnx, priorToOnnx } from "../src/export/onnx-model.js";
import { Device } from "../src/gpu/device.js";
import { initialStatistics, initialWeights } from "../src/layers/init.js";
import type { QuantizerConfig } from "../src/layers/quantizers/config.js";
import { Classifier } from "../src/models/classifier.js";
import type { ModelConfig } from "../src/models/config.js";
import { createModel } from "../src/models/index.js";
import { Judge } from "../src/models/judge.js";
import { PixelCnn } from "../src/models/pixelcnn.js";
import { Prior } from "../src/models/prior.js";
import { Runner } from "../src/models/runner.js";
import type { VqVaeConfig } from "../src/models/vq-config.js";
import { weightsProgram } from "../src/models/weights-program.js";
import { RandomStream, streams } from "../src/random/philox.js";

const test = suite("ONNX");
const device = await Device.open();
const producer = { name: "latentgpu", version: "0.0.0" };
/** Inputs of a comparison, and the batches that they go in. */
const [count, batches] = [64, [1, 5, 64]];
const closest = 1e-4;

const dense = { inputShape: [1, 6, 5], hiddenDims: [14, 9], latentDim: 4, reconstructionLoss: "bce" } as const;
const conv = { inputShape: [3, 8, 12], channels: [4, 8], latentDim: 5, reconstructionLoss: "bce" } as const;
const conditional = { ...dense, kind: "vae", numClasses: 3 } as const;
const codebook = { kind: "codebook", numEmbeddings: 16, embeddingDim: 6 } as const;
const vq = (quantizer: QuantizerConfig, more: Partial<VqVaeConfig> = {}): VqVaeConfig => ({
  kind: "vq-vae",
  inputShape: [3, 8, 12],
  channels: [4, 6],
  residualChannels: 3,
  quantizer,
  reconstructionLoss: "mse",
  ...more,
});

/** A model of each family, and of each kind of layer. */
const models: Readonly<Record<string, ModelConfig>> = {
  autoencoder: { ...dense, kind: "ae", activation: "gelu", latentActivation: "tanh" },
  "denoising autoencoder": { ...dense, kind: "dae", activation: "leaky-relu" },
  "k-sparse autoencoder": { ...dense, kind: "ae", latentDim: 12, sparsity: { kind: "topk", k: 3 } },
  VAE: { ...dense, kind: "vae", activation: "elu" },
  "VAE, silu": { ...dense, kind: "vae", activation: "silu" },
  "VAE, softplus": { ...dense, kind: "vae", activation: "softplus" },
  "VAE, gelu-tanh": { ...dense, kind: "vae", activation: "gelu-tanh" },
  "conditional VAE, prior means": { ...conditional, condition: "priorMean" },
  "conditional VAE, added": { ...conditional, condition: "add" },
  "conditional VAE, beside": { ...conditional, condition: "concat" },
  "convolutional VAE": { ...conv, kind: "vae" },
  "convolutional VAE, batch norm": { ...conv, kind: "vae", norm: "batch", residualBlocks: 1 },
  "convolutional autoencoder, group norm": { ...conv, kind: "ae", norm: "group", residualBlocks: 1, strides: [2, 1] },
  "convolutional VAE, beside": { ...conv, kind: "vae", numClasses: 3, condition: "concat" },
  "VQ-VAE": vq(codebook),
  "VQ-VAE, EMA, linear": vq({ ...codebook, useEma: true }, { outputs: "linear" }),
  "VQ-VAE, cosine": vq({ ...codebook, cosine: true, projectionDim: 3 }),
  "VQ-VAE, residual": vq({ ...codebook, residual: { quantizers: 3 } }),
  "VQ-VAE, FSQ": vq({ kind: "fsq", levels: [4, 5, 3], embeddingDim: 6 }),
  "VQ-VAE, LFQ": vq({ kind: "lfq", numEmbeddings: 32, embeddingDim: 6 }),
  "VQ-VAE-2": {
    kind: "vq-vae-2",
    inputShape: [3, 16, 16],
    channels: [4, 6],
    quantizer: codebook,
    reconstructionLoss: "mse",
  },
};

type Feeds = Readonly<Record<string, { readonly data: Float32Array | BigInt64Array; readonly row: readonly number[] }>>;

/** Runs a file over all rows, so many at a time. */
async function run(file: Uint8Array, feeds: Feeds, batch: number): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
  const found: Record<string, number[]> = {};
  for (let first = 0; first < count; first += batch) {
    const rows = Math.min(batch, count - first);
    const tensors: Record<string, Tensor> = {};
    for (const [name, { data, row }] of Object.entries(feeds)) {
      const length = row.reduce((n, d) => n * d, 1);
      const part = data.slice(first * length, (first + rows) * length);
      tensors[name] =
        part instanceof Float32Array
          ? new Tensor("float32", part, [rows, ...row])
          : new Tensor("int64", part, [rows, ...row]);
    }
    for (const [name, { data, dims }] of Object.entries(await session.run(tensors))) {
      assert.is(dims[0], rows, name);
      const all = found[name] ?? [];
      found[name] = all;
      for (const value of data as Float32Array) all.push(Number(value));
    }
  }
  await session.release();
  return found;
}

/** Pictures [H, W, C] as [C, H, W]. */
function channelsFirst(images: Float32Array, [C, H, W]: readonly [number, number, number]): Float32Array {
  const size = C * H * W;
  return images.map((_, i) => {
    const [n, c, at] = [Math.floor(i / size), Math.floor((i % size) / (H * W)), i % (H * W)];
    return images[n * size + at * C + c] as number;
  });
}

function near(what: string, got: readonly number[] | undefined, want: ArrayLike<number>, off = closest): void {
  assert.is(got?.length, want.length, what);
  let worst = 0;
  got?.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - (want[i] as number)) || 0);
    assert.ok(Number.isFinite(value), `${what}: ${value}`);
  });
  assert.ok(worst <= off, `${what}: off by ${worst}`);
}

const labels = Uint32Array.from({ length: count }, (_, i) => i % 3);
const asInt64 = (values: ArrayLike<number>): BigInt64Array => BigInt64Array.from(Array.from(values), BigInt);

for (const [name, config] of Object.entries(models))
  test(`${name}: encoder, decoder and the whole, in batches of 1, 5 and 64`, async () => {
    const model = createModel(config);
    const arenas = {
      weight: initialWeights(model.parameters, 3).map((v) => 2 * v),
      statistics: initialStatistics(model.parameters, 3).map((v, i) => (v === 1 ? 0.5 + (i % 5) / 4 : v)),
    };
    const files = modelToOnnx(model, arenas, producer);
    const weights = weightsProgram(device, arenas.weight, arenas.statistics);
    const runner = new Runner(device, model, weights);
    try {
      const random = new RandomStream(4, streams.test);
      const images = Float32Array.from({ length: count * model.width }, () => random.uniform());
      const sides = config.inputShape as [number, number, number];
      const own = model.conditional && labels;
      const told = (part: "encoder" | "decoder"): Feeds =>
        model.conditional?.tells[part] ? { label: { data: asInt64(labels), row: [] } } : {};
      const image = { data: channelsFirst(images, sides), row: sides };
      const maps = model.coded ? await runner.indices(images) : [];
      const z = model.coded ? new Float32Array(0) : await runner.encode(images, own);
      const picture = channelsFirst(await (model.coded ? runner.picture(maps) : runner.decode(z, own)), sides);
      const whole = channelsFirst(await runner.reconstruct(images, own), sides);
      const codes = separate(maps, model);
      for (const batch of batches) {
        const encoded = await run(files.get("encoder.onnx") as Uint8Array, { image, ...told("encoder") }, batch);
        if (model.coded) for (const [key, { data }] of Object.entries(codes)) near(key, encoded[key], data, 0);
        else near("z", encoded.mu ?? encoded.z, z);
        if (config.kind === "vae") {
          const statistics = await runner.statistics(images, own);
          near(
            "logVar",
            encoded.logVar,
            statistics.filter((_, i) => i % (2 * model.latentDim) >= model.latentDim),
          );
        }
        const feeds: Feeds = model.coded
          ? Object.fromEntries(Object.entries(codes).map(([key, { data, row }]) => [key, { data: asInt64(data), row }]))
          : { z: { data: z, row: [model.latentDim] } };
        const decoded = await run(files.get("decoder.onnx") as Uint8Array, { ...feeds, ...told("decoder") }, batch);
        near("image", decoded.image, picture);
        const both = { image, ...told("encoder"), ...told("decoder") };
        const again = await run(files.get("autoencoder.onnx") as Uint8Array, both, batch);
        near("reconstruction", again.reconstruction, whole);
      }
    } finally {
      runner.dispose();
      weights.dispose();
    }
  });

/** Maps [N, h, w] or [N, h, w, sets] as the files have them: a tensor for each set of codes. */
function separate(
  maps: readonly Uint32Array[],
  { coded }: ReturnType<typeof createModel>,
): Record<string, { data: Uint32Array; row: readonly number[] }> {
  const levels = coded?.levels ?? [];
  return Object.fromEntries(
    levels.flatMap(({ name, height, width, sets }, level) =>
      sets.map((_, set) => {
        const key = [levels.length > 1 ? name : "indices", ...(sets.length > 1 ? [set] : [])].join(".");
        const data = (maps[level] as Uint32Array).filter((_v, i) => i % sets.length === set);
        return [key, { data, row: [height, width] }] as const;
      }),
    ),
  );
}

test("a prior, by labels and a top map: the likelihood of every code", async () => {
  const model = new PixelCnn({
    kind: "pixelcnn",
    shape: [6, 4],
    numEmbeddings: 7,
    channels: 6,
    layers: 3,
    firstKernel: 5,
    numClasses: 3,
    top: { shape: [3, 2], numEmbeddings: 5 },
  });
  const weight = initialWeights(model.parameters, 8).map((v) => 2 * v);
  const files = priorToOnnx(model, { weight, statistics: new Float32Array(0) }, producer);
  const weights = weightsProgram(device, weight);
  const prior = new Prior(device, model, weights);
  try {
    const codes = Uint32Array.from({ length: count * 24 }, (_, i) => (i * 5 + Math.floor(i / 7)) % 7);
    const top = Uint32Array.from({ length: count * 6 }, (_, i) => (i * 3) % 5);
    const want = (await prior.nll(codes, { labels, top })).map((nll) => nll / 24);
    for (const batch of batches) {
      const feeds: Feeds = {
        codes: { data: asInt64(codes), row: [6, 4] },
        label: { data: asInt64(labels), row: [] },
        top: { data: asInt64(top), row: [3, 2] },
      };
      const { logits = [] } = await run(files.get("prior.onnx") as Uint8Array, feeds, batch);
      near(
        "nats a code",
        Array.from(want, (_, n) => meanNll(logits, codes, n)),
        want,
      );
    }
  } finally {
    prior.dispose();
    weights.dispose();
  }
});

test("a classifier, of dense layers and of convolutions: the logits", async () => {
  for (const layers of [{ hiddenDims: [9] }, { hiddenDims: [7], channels: [4, 5] }]) {
    const sides = [2, 8, 4] as const;
    const model = new Classifier({ kind: "classifier", inputShape: sides, numClasses: 3, ...layers });
    const weight = initialWeights(model.parameters, 5).map((v) => 2 * v);
    const files = classifierToOnnx(model, { weight, statistics: new Float32Array(0) }, producer);
    const weights = weightsProgram(device, weight);
    const judge = new Judge(device, model, weights);
    const random = new RandomStream(6, streams.test);
    const images = Float32Array.from({ length: count * model.width }, () => random.uniform());
    const want = await judge.logits(images);
    const image = { data: channelsFirst(images, sides), row: sides };
    for (const batch of batches)
      near("logits", (await run(files.get("classifier.onnx") as Uint8Array, { image }, batch)).logits, want);
    judge.dispose();
    weights.dispose();
  }
});

/** Nats a code of map n by logits over 7 codes. */
function meanNll(logits: readonly number[], codes: Uint32Array, n: number): number {
  let sum = 0;
  for (let i = 24 * n; i < 24 * (n + 1); i++) {
    const row = logits.slice(7 * i, 7 * (i + 1));
    sum += Math.log(row.reduce((all, v) => all + Math.exp(v), 0)) - (row[codes[i] as number] as number);
  }
  return sum / 24;
}

test.after(() => device.dispose());
test.run();
