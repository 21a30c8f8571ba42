import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import type { PixelCnnConfig } from "../src/models/pixelcnn-config.js";
import { Prior } from "../src/models/prior.js";
import type { DrawOptions } from "../src/models/prior-sampler.js";
import { drawStep, PriorSampler } from "../src/models/prior-sampler.js";
import { drawCode } from "../src/ops/draw-code.js";
import { drawnModel, NaiveSampler, smallPrior, WholeMap } from "./prior-run.js";
import { shares } from "./ref/draw-code.js";

const device = await Device.open();
const test = suite("prior sampler");

const differences = (a: Uint32Array, b: Uint32Array): number => {
  assert.is(a.length, b.length);
  return a.filter((v, i) => v !== b[i]).length;
};

const cases: readonly { readonly what: string; readonly config: PixelCnnConfig; readonly options?: DrawOptions }[] = [
  { what: "small, odd channels", config: { ...smallPrior, channels: 7, headChannels: 9 } },
  { what: "one layer", config: { ...smallPrior, layers: 1, firstKernel: 3 } },
  { what: "one column", config: { ...smallPrior, shape: [6, 1] } },
  {
    what: "rows longer than a submit, large kernels",
    config: { ...smallPrior, shape: [3, 70], channels: 8, kernel: 5, firstKernel: 9, layers: 2 },
  },
  {
    what: "classes",
    config: { ...smallPrior, channels: 8, numClasses: 3 },
    options: { labels: [2, 0, 1], temperature: 0.6 },
  },
  {
    what: "a top map",
    config: { ...smallPrior, shape: [6, 4], channels: 8, top: { shape: [3, 2], numEmbeddings: 5 } },
    options: { top: Uint32Array.from({ length: 18 }, (_, i) => (i * 7) % 5), topK: 4 },
  },
  {
    what: "classes and a top map",
    config: {
      ...smallPrior,
      shape: [4, 6],
      channels: 12,
      numEmbeddings: 70,
      numClasses: 4,
      top: { shape: [4, 2], numEmbeddings: 3 },
    },
    options: { top: Uint32Array.from({ length: 24 }, (_, i) => i % 3), topP: 0.7, labels: [3, 3, 1] },
  },
];

/** A program that draws from given logits x: of a pixel, or of every pixel of a map. */
function drawer(B: number, K: number, pixels: number, every: boolean): Program {
  const graph = new Graph(new Parameters());
  const x = graph.input("x", every ? [B, pixels, K] : [B, K]);
  graph.apply(drawCode, { x, codes: graph.input("codes", [B, pixels], "u32") });
  return new Program(device, new Plan(graph, device));
}

for (const { what, config, options = {} } of cases)
  test(`${what}: exactly the codes of evaluating the whole map for each pixel`, async () => {
    const { model, weights } = drawnModel(device, config);
    const [sampler, naive] = [new PriorSampler(device, model, weights, 3), new NaiveSampler(device, model, weights, 3)];
    const width = config.shape[0] * config.shape[1];
    try {
      const seen = new Set<string>();
      for (const seed of [1, 2 ** 40 + 7]) {
        const given = { ...options, seed };
        const drawn = await sampler.sample(3, given);
        assert.is(differences(drawn, await naive.draw(new Uint32Array(3 * width), given, 0, width)), 0);
        for (let m = 0; m < 3; m++) seen.add(drawn.subarray(m * width, (m + 1) * width).join());
      }
      assert.is(seen.size, 6, "maps repeat");
    } finally {
      sampler.dispose();
      naive.dispose();
      weights.dispose();
    }
  });

test("a map of 32 x 32: exactly the naive codes, at least 10 times faster", async () => {
  const config: PixelCnnConfig = { ...smallPrior, shape: [32, 32], numEmbeddings: 32, channels: 16, firstKernel: 7 };
  const { model, weights } = drawnModel(device, config);
  const [sampler, naive] = [new PriorSampler(device, model, weights, 1), new NaiveSampler(device, model, weights, 1)];
  const options = { seed: 11 };
  try {
    await sampler.sample(1, options);
    const timed = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
      const start = performance.now();
      return [await work(), performance.now() - start];
    };
    const [drawn, cached] = await timed(() => sampler.sample(1, options));
    // Its first and its last rows pixel by pixel: each costs the naive sampler the same.
    await naive.draw(new Uint32Array(1024), options, 0, 4);
    const [first, early] = await timed(() => naive.draw(new Uint32Array(1024), options, 0, 64));
    assert.is(differences(first.subarray(0, 64), drawn.subarray(0, 64)), 0);
    const [last, late] = await timed(() =>
      naive.draw(
        drawn.map((v, i) => (i < 960 ? v : 0)),
        options,
        960,
        1024,
      ),
    );
    assert.is(differences(last, drawn), 0);
    const ratio = (8 * (early + late)) / cached;
    console.log(
      `${(8 * (early + late)).toFixed(0)} ms naive, ${cached.toFixed(0)} ms cached: ${ratio.toFixed(1)} times`,
    );
    assert.ok(ratio >= 10, `${ratio} times faster`);
    // And all in between: no draw depends on the pixels behind it, so that one evaluation of the drawn map shows them all.
    const whole = new WholeMap(device, model, weights, 1);
    const again = drawer(1, 32, 1024, true);
    again.write("x", await whole.logits(drawn));
    for (let pixel = 0; pixel < 1024; pixel += 64)
      again.run(Array.from({ length: 64 }, (_, i) => ({ ...drawStep(options), pixel: pixel + i })));
    assert.is(differences((await again.read("codes")) as Uint32Array, drawn), 0);
    for (const program of [again, whole.program]) program.dispose();
  } finally {
    sampler.dispose();
    naive.dispose();
    weights.dispose();
  }
});

test("a map is a function of seed and number: not of how many are drawn beside it, or before", async () => {
  const { model, weights } = drawnModel(device, { ...smallPrior, numClasses: 3 });
  const prior = new Prior(device, model, weights);
  const batches = [new PriorSampler(device, model, weights, 4), new PriorSampler(device, model, weights, 7)];
  const labels = Array.from({ length: 11 }, (_, i) => i % 3);
  try {
    const want = await prior.sample(11, { seed: 4 });
    for (const sampler of batches) {
      assert.is(differences(await sampler.sample(11, { seed: 4, labels }), want), 0);
      assert.is(differences(await sampler.sample(11, { seed: 4 }), want), 0);
    }
    assert.is(differences(await prior.sample(5, { seed: 4 }), want.subarray(0, 100)), 0);
    assert.ok(differences(await prior.sample(11, { seed: 5 }), want) > 20);
    const others = await prior.sample(11, { seed: 4, labels: labels.map((l) => (l + 1) % 3) });
    assert.ok(differences(others, want) > 20, "labels change nothing");
  } finally {
    for (const sampler of [prior, ...batches]) sampler.dispose();
    weights.dispose();
  }
});

test("maps come up as often as their likelihood says, and all likelihoods add up to 1", async () => {
  const config: PixelCnnConfig = { ...smallPrior, shape: [2, 2], numEmbeddings: 3, numClasses: 2 };
  const { model, weights } = drawnModel(device, config);
  const prior = new Prior(device, model, weights);
  const every = Uint32Array.from({ length: 81 * 4 }, (_, i) => Math.floor(Math.floor(i / 4) / 3 ** (i % 4)) % 3);
  try {
    for (const label of [0, 1]) {
      const nll = await prior.nll(every, { labels: new Array(81).fill(label) });
      const p = Array.from(nll, (v) => Math.exp(-v));
      assert.ok(Math.abs(p.reduce((sum, v) => sum + v, 0) - 1) < 1e-5);
      const count = 4000;
      const drawn = await prior.sample(count, { seed: 9 + label, labels: new Array(count).fill(label) });
      const found = new Float64Array(81);
      for (let m = 0; m < count; m++)
        found[drawn.subarray(4 * m, 4 * m + 4).reduce((sum, v, i) => sum + v * 3 ** i, 0)]++;
      const chi2 = p.reduce((sum, v, i) => sum + (found[i] - count * v) ** 2 / (count * v), 0);
      // 80 degrees of freedom: 80 +- 12.6.
      assert.ok(chi2 > 30 && chi2 < 80 + 5 * 12.7, `chi2 ${chi2}`);
    }
  } finally {
    prior.dispose();
    weights.dispose();
  }
});

test("draws follow temperature, top-k and top-p", async () => {
  const [B, K] = [8192, 40];
  const logits = Float32Array.from({ length: K }, (_, k) => Math.fround(2.5 * Math.sin(3 * k) + (k % 3)));
  const program = drawer(B, K, 1, false);
  const rows = new Float32Array(B * K);
  for (let b = 0; b < B; b++) rows.set(logits, b * K);
  program.write("x", rows);
  const settings: DrawOptions[] = [
    {},
    { temperature: 0.5 },
    { temperature: 2 },
    { topK: 1 },
    { topK: 7, temperature: 3 },
    { topP: 0.5 },
    { topP: 0.9, topK: 12, temperature: 1.5 },
    { temperature: 0 },
  ];
  for (const [i, options] of settings.entries()) {
    program.run([{ ...drawStep({ ...options, seed: 20 + i }), rows: B }]);
    const found = new Float64Array(K);
    for (const code of (await program.read("codes")) as Uint32Array) found[code]++;
    const { temperature = 1, topK = 0, topP = 1 } = options;
    const share = shares(logits, 0, K, { temperature, topK, topP });
    const whole = share.reduce((sum, v) => sum + v, 0);
    const kept = share.flatMap((v, k) => (v > 0 ? [[(B * v) / whole, found[k]] as const] : []));
    assert.is(
      kept.reduce((sum, [, n]) => sum + n, 0),
      B,
      `${JSON.stringify(options)}: codes beyond the edges were drawn`,
    );
    const often = kept.filter(([want]) => want >= 5);
    const chi2 = often.reduce((sum, [want, got]) => sum + (got - want) ** 2 / want, 0);
    const freedom = often.length - 1;
    assert.ok(
      chi2 <= freedom + 5 * Math.sqrt(2 * freedom + 1),
      `${JSON.stringify(options)}: chi2 ${chi2} of ${freedom}`,
    );
  }
  program.dispose();
});

test("what does not fit is refused in one sentence", async () => {
  const plain = drawnModel(device, smallPrior);
  const given = drawnModel(device, { ...smallPrior, numClasses: 3, top: { shape: [2, 5], numEmbeddings: 4 } });
  const [prior, conditioned] = [plain, given].map(({ model, weights }) => new Prior(device, model, weights)) as [
    Prior,
    Prior,
  ];
  const top = new Uint32Array(20);
  const bad: [() => Promise<unknown>, RegExp][] = [
    [() => prior.sample(2, { temperature: -1 }), /temperature is -1/],
    [() => prior.sample(2, { temperature: Number.NaN }), /temperature is NaN/],
    [() => prior.sample(2, { topK: 1.5 }), /topK is 1.5/],
    [() => prior.sample(2, { topP: 0 }), /topP is 0/],
    [() => prior.sample(2, { seed: -1 }), /seed is -1/],
    [() => prior.sample(2, { labels: [0, 1] }), /trained without classes/],
    [() => prior.sample(2, { top }), /does not depend on a top map/],
    [() => prior.nll(new Uint32Array(21)), /maps of \[4,5\] and 21 codes/],
    [() => prior.nll(new Uint32Array(20).fill(6)), /code 6 is none of the 6/],
    [() => conditioned.sample(2), /2 of them are needed and 0 were given/],
    [() => conditioned.sample(2, { top, labels: [0] }), /1 labels were given for 2 maps/],
    [() => conditioned.sample(2, { top, labels: [0, 3] }), /label 3 is none of the 3/],
    [() => conditioned.sample(2, { top: top.map(() => 4) }), /top code 4 is none of the 4/],
  ];
  for (const [attempt, says] of bad) {
    const error = await attempt().then(
      () => undefined,
      (e: unknown) => e,
    );
    assert.instance(error, InputError, String(says));
    assert.match((error as Error).message, says);
  }
  const arena = new Float32Array(await given.weights.readBuffer("weight arena"));
  const last = given.model.parameters.all.at(-1)?.tensor.offset as number;
  arena[last + 2] = Number.NaN;
  given.weights.writeBuffer("weight arena", arena);
  const error = await conditioned.sample(2, { top }).catch((e: unknown) => e);
  assert.instance(error, InputError);
  assert.match((error as Error).message, /not finite at pixel 0 of map 0/);
  for (const each of [prior, conditioned, plain.weights, given.weights]) each.dispose();
});

test.after(() => device.dispose());
test.run();
