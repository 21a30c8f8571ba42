import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Dataset } from "../src/data/dataset.js";
import { floatRows, limitRows } from "../src/data/dataset.js";
import { Device } from "../src/gpu/device.js";
import type { Tensor } from "../src/graph/tensor.js";
import type { QuantizerConfig } from "../src/layers/quantizers/config.js";
import { codeUseText } from "../src/models/code-use.js";
import { Runner } from "../src/models/runner.js";
import { permute } from "../src/random/permutation.js";
import { draw, streams } from "../src/random/philox.js";
import { Trainer } from "../src/train/trainer.js";
import { bars } from "./conv-run.js";
import { quantizers, smallVq, vqRun } from "./vq-run.js";

const device = await Device.open();
const test = suite("quantizers");
const data = bars(smallVq.inputShape, 40);

type Run = { readonly trainer: Trainer; readonly codes: () => Promise<Float32Array> };

async function withRun(
  quantizer: QuantizerConfig,
  work: (run: Run) => Promise<void>,
  more: Parameters<typeof vqRun>[1] = {},
  dataset: Dataset = data,
): Promise<void> {
  const trainer = new Trainer(device, vqRun({ quantizer }, more), dataset);
  const { codes } = trainer.model.coded?.levels[0]?.sets[0] as { codes: Tensor };
  try {
    await work({ trainer, codes: async () => ((await trainer.program.read(codes.name)) as Float32Array).slice() });
  } finally {
    trainer.dispose();
  }
}

/** Puts every code at one point. */
function collapse({ program, model }: Trainer): void {
  const { codes } = model.coded?.levels[0]?.sets[0] as { codes: Tensor };
  program.write(codes.name, new Float32Array(codes.shape.reduce((n, d) => n * d, 1)).fill(0.3));
}

const big = { kind: "codebook", numEmbeddings: 32, embeddingDim: 4 } as const;

for (const useEma of [false, true])
  test(`a codebook with all codes at one point is told of within an epoch, ${useEma ? "EMA" : "gradient"}; dead-code reset brings more than 80 % back`, async () => {
    await withRun({ ...big, useEma }, async ({ trainer }) => {
      collapse(trainer);
      await trainer.run(trainer.stepsPerEpoch);
      const [use] = trainer.losses.last?.codebooks ?? [];
      assert.ok(use?.collapsed && use.usagePercent < 50, JSON.stringify(use));
      assert.match(codeUseText(use), /collapsed onto one point; start anew with quantizer\.kmeansInit/);
      assert.is(use.dead.length, 32 - use.used);
    });
    const reset = { ...big, useEma, deadCodeThreshold: 0.3, decay: 0.8 };
    await withRun(reset, async ({ trainer }) => {
      collapse(trainer);
      await trainer.run(20 * trainer.stepsPerEpoch);
      const [use] = trainer.losses.last?.codebooks ?? [];
      assert.ok(use && !use.collapsed && use.usagePercent > 80, JSON.stringify(use));
    });
  });

test("an EMA code that nothing is near to stays where it is, to the bit; the others become their vectors' mean", async () => {
  await withRun(
    { ...big, useEma: true, decay: 0 },
    async ({ trainer, codes }) => {
      const { codes: table } = trainer.model.coded?.levels[0]?.sets[0] as { codes: Tensor };
      const start = (await codes()).fill(1e3, 4 * 5, 4 * 9);
      trainer.program.write(table.name, start);
      const runner = new Runner(device, trainer.model, trainer.program);
      const images = floatRows(data, 0, 8);
      const latents = await runner.encode(images);
      const [map] = (await runner.indices(images)) as [Uint32Array];
      runner.dispose();
      await trainer.run(1);
      const after = await codes();
      for (let k = 0; k < 32; k++) {
        const own = [...map.keys()].filter((i) => map[i] === k);
        for (let d = 0; d < 4; d++) {
          const got = after[4 * k + d] as number;
          if (own.length === 0) assert.is(got, start[4 * k + d], `code ${k}`);
          else {
            const mean = own.reduce((sum, i) => sum + (latents[4 * i + d] as number), 0) / own.length;
            // Laplace's smoothing lends each code 1e-5 of a vector.
            assert.ok(Math.abs(got - mean) <= 1e-3 * Math.max(0.01, Math.abs(mean)), `code ${k}: ${got} for ${mean}`);
          }
        }
      }
      assert.ok([5, 6, 7, 8].every((k) => !map.includes(k)));
    },
    { shuffle: false },
  );
});

test("k-means: ten rounds of Lloyd's from vectors that the seed draws, the same each time", async () => {
  const start = async (seed: number): Promise<Float32Array> => {
    let found = new Float32Array();
    await withRun(
      { ...quantizers.gradient, kmeansInit: true } as QuantizerConfig,
      async ({ trainer, codes }) => {
        await trainer.run(0);
        found = (await codes()) as typeof found;
      },
      { seed, shuffle: false },
    );
    return found;
  };
  const found = await start(3);
  assert.equal(await start(3), found);
  assert.is.not((await start(4)).join(), found.join());
  // The same by hand.
  await withRun(
    quantizers.gradient as QuantizerConfig,
    async ({ trainer }) => {
      const runner = new Runner(device, trainer.model, trainer.program);
      const x = await runner.encode(floatRows(data, 0, 8));
      runner.dispose();
      const rows = x.length / 4;
      const [first, second] = draw(3, streams.codes, 0, 0);
      const codes = Float64Array.from(
        { length: 64 },
        (_, i) => x[4 * permute((i >> 2) % rows, rows, first, second) + (i & 3)] as number,
      );
      const apart = (n: number, k: number): number =>
        [0, 1, 2, 3].reduce((s, d) => s + ((x[4 * n + d] as number) - codes[4 * k + d]) ** 2, 0);
      for (let round = 0; round < 10; round++) {
        const [sums, counts] = [new Float64Array(64), new Float64Array(16)];
        for (let n = 0; n < rows; n++) {
          let best = 0;
          for (let k = 1; k < 16; k++) if (apart(n, k) < apart(n, best)) best = k;
          counts[best]++;
          for (let d = 0; d < 4; d++) sums[4 * best + d] += x[4 * n + d] as number;
        }
        for (let i = 0; i < 64; i++) if (counts[i >> 2] > 0) codes[i] = sums[i] / counts[i >> 2];
      }
      const off = Math.max(...found.map((v, i) => Math.abs(v - codes[i])));
      assert.ok(off < 1e-4, `codes are off by ${off}`);
    },
    { seed: 3, shuffle: false },
  );
});

test("cosine compares directions, and a residual quantizer what is left: the indices by hand", async () => {
  const images = floatRows(data, 0, 20);
  const nearest = (x: readonly number[], table: readonly (readonly number[])[]): number => {
    const apart = table.map((code) => code.reduce((sum, c, d) => sum + (c - (x[d] as number)) ** 2, 0));
    return apart.indexOf(Math.min(...apart));
  };
  const unit = (v: readonly number[]): number[] => v.map((c) => c / Math.hypot(...v));
  const rowsOf = (values: Float32Array): number[][] =>
    Array.from({ length: values.length / 4 }, (_, r) => [...values.subarray(4 * r, 4 * r + 4)]);
  for (const [quantizer, choose] of [
    [
      { ...big, cosine: true, kmeansInit: true },
      (x: number[], [table]: number[][][]) => [nearest(unit(x), (table as number[][]).map(unit))],
    ],
    [
      { ...big, kmeansInit: true, residual: { quantizers: 3 } },
      (x: number[], tables: number[][][]) => {
        let rest = x;
        return tables.map((table) => {
          const index = nearest(rest, table);
          rest = rest.map((v, d) => v - (table[index]?.[d] as number));
          return index;
        });
      },
    ],
  ] as const) {
    await withRun(quantizer, async ({ trainer }) => {
      await trainer.run(5);
      const runner = new Runner(device, trainer.model, trainer.program);
      const tables: number[][][] = [];
      for (const { codes } of trainer.model.coded?.levels[0]?.sets ?? [])
        tables.push(rowsOf((await trainer.program.read((codes as Tensor).name)) as Float32Array));
      const [map] = (await runner.indices(images)) as [Uint32Array];
      const want = rowsOf(await runner.encode(images)).flatMap((x) => choose(x, tables));
      runner.dispose();
      assert.equal([...map], want);
      assert.ok(new Set(map).size > 3, "all alike");
    });
  }
});

test("the rotation trick changes the encoder's gradient and nothing of the forward pass", async () => {
  const first = async (rotationTrick: boolean) => {
    let out = { loss: 0, encoder: new Float32Array(), decoder: new Float32Array() };
    await withRun({ ...big, rotationTrick, commitmentCost: 0 }, async ({ trainer }) => {
      await trainer.run(1);
      const gradient = new Float32Array(await trainer.program.readBuffer("gradient arena"));
      const part = (name: string): Float32Array => {
        const { tensor } = trainer.model.parameters.all.find((p) => p.tensor.name === name) as { tensor: Tensor };
        return gradient.slice(tensor.offset ?? 0, (tensor.offset ?? 0) + tensor.shape.reduce((n, d) => n * d, 1));
      };
      const { loss } = trainer.losses.mean(1, 1);
      out = { loss, encoder: part("encoder.5.weight"), decoder: part("decoder.5.weight") } as typeof out;
    });
    return out;
  };
  const [straight, turned] = [await first(false), await first(true)];
  assert.is(turned.loss, straight.loss);
  assert.equal(turned.decoder, straight.decoder);
  const norm = (v: Float32Array): number => Math.hypot(...v);
  assert.ok(norm(turned.encoder.map((v, i) => v - (straight.encoder[i] as number))) > 0.01 * norm(straight.encoder));
});

test("quantize dropout trains fewer quantizers in some steps, and none when it serves", async () => {
  const losses = async (dropout: number): Promise<number[]> => {
    const seen: number[] = [];
    const config = vqRun(
      { quantizer: { ...big, residual: { quantizers: 4, dropout } } },
      { optimizer: { kind: "sgd", lr: 0 }, shuffle: false },
    );
    const trainer = new Trainer(device, config, limitRows(data, 8), {
      onSteps: (s) => seen.push(...s.map((v) => v.terms.commit as number)),
    });
    await trainer.run(24);
    trainer.dispose();
    return seen;
  };
  // One batch, weights that stand still: only the draw differs.
  assert.is(new Set(await losses(0)).size, 1);
  const drawn = await losses(1);
  assert.is(new Set(drawn).size, 4);
  const [all] = await losses(0);
  const whole = (list: readonly number[]): number => list.filter((v) => v === all).length;
  const half = whole(await losses(0.5));
  assert.ok(whole(drawn) > 0 && whole(drawn) < half && half < 24, `${whole(drawn)} ${half}`);
});

test("k-means from fewer vectors than codes is refused", async () => {
  await withRun({ ...big, numEmbeddings: 64, kmeansInit: true }, async ({ trainer }) => {
    await trainer.run(1).then(
      () => assert.unreachable(),
      (error: Error) =>
        assert.match(error.message, /puts 64 codes .* which are 48; take a larger --batch or fewer codes\.$/),
    );
  });
});

test.after(() => device.dispose());
test.run();
