import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { differentiate } from "../src/graph/differentiate.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import type { Tensor } from "../src/graph/tensor.js";
import { codeEma } from "../src/ops/code-ema.js";
import { codeReset } from "../src/ops/code-reset.js";
import { codeSums } from "../src/ops/code-sums.js";
import { codeUsage } from "../src/ops/code-usage.js";
import { fsq, fsqCodes, fsqLevels } from "../src/ops/fsq.js";
import { lfq, lfqCodes } from "../src/ops/lfq.js";
import { vectorQuantize } from "../src/ops/vector-quantize.js";
import { RandomStream, streams } from "../src/random/philox.js";

const test = suite("codebook");
const device = await Device.open();

type Tensors = Readonly<Record<string, Tensor>>;
type Filled = Readonly<Record<string, Float32Array | Uint32Array>>;

/** A graph over inputs of these shapes, with their values, all readable. */
function load(
  shapes: Readonly<Record<string, readonly number[]>>,
  values: Filled,
  build: (graph: Graph, inputs: Tensors) => Tensors,
): { run: (...steps: Readonly<Record<string, number>>[]) => void; read: (name: string) => Promise<Float32Array> } {
  const graph = new Graph(new Parameters());
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      graph.input(name, shape, values[name] instanceof Uint32Array ? "u32" : "f32"),
    ]),
  );
  const tensors: Tensors = { ...inputs, ...build(graph, inputs) };
  for (const tensor of Object.values(tensors)) graph.keep(tensor);
  const program = new Program(device, new Plan(graph, device));
  for (const [name, data] of Object.entries(values)) program.write(name, data);
  return {
    run: (...steps) => program.run(steps),
    read: async (name) => (await program.read(tensors[name].name)) as Float32Array,
  };
}

const floats = (length: number, of: (i: number) => number): Float32Array =>
  Float32Array.from({ length }, (_, i) => of(i));
const normals = (length: number, seed: number): Float32Array => {
  const random = new RandomStream(seed, streams.test);
  return floats(length, () => random.normal());
};
const used = (counts: Float32Array): number => counts.filter((c) => c > 0).length / counts.length;

/** Quantizer and its codebook by moving averages, as a layer has them. */
const learning =
  (K: number, attrs: Record<string, number | boolean>, reset?: Record<string, number>) =>
  (graph: Graph, { x, n, m, codes, usage }: Tensors): Tensors => {
    const { q, indices } = graph.apply(vectorQuantize, { x, codes });
    const { counts, sums } = graph.apply(codeSums, { x, indices }, { codes: K });
    graph.apply(codeUsage, { counts, usage });
    graph.apply(codeEma, { counts, sums, n, m, codes }, attrs);
    if (reset) graph.apply(codeReset, { x, n, m, codes }, reset);
    return { q, indices, counts };
  };

const codebook = (rows: number, K: number, D: number) => ({
  x: [rows, D],
  n: [K],
  m: [K, D],
  codes: [K, D],
  usage: [K],
});

test("a code that is not used stays where it is, to the bit, whether it was used before or never", async () => {
  const [K, D] = [3, 2];
  const codes = Float32Array.of(0.3, -0.7, 5.1, 5.3, -99.7, 99.1);
  const x = Float32Array.of(0.1, 0.2, 5, 5, 0.4, -0.3);
  const job = load(codebook(3, K, D), { x, codes }, learning(K, { decay: 0.9 }));
  job.run({ rows: 3, cursor: 0 });
  const first = await job.read("codes");
  assert.ok(Math.abs(first[0] - 0.25) < 1e-4 && Math.abs(first[1] + 0.05) < 1e-4, `${first}`);
  assert.equal(first.slice(4), codes.slice(4));
  // Row 1, the only one of code 1, does not count any more.
  for (let i = 0; i < 100; i++) job.run(...Array.from({ length: 20 }, () => ({ rows: 1, cursor: 3 })));
  const later = await job.read("codes");
  assert.equal(later.slice(2), first.slice(2));
  assert.equal(await job.read("usage"), Float32Array.of(2 + 2000, 1, 0));
});

test("usage begins anew with an epoch", async () => {
  const job = load(
    codebook(4, 2, 1),
    { x: Float32Array.of(1, 1, 1, -1), codes: Float32Array.of(1, -1) },
    learning(2, {}),
  );
  job.run({ rows: 4, cursor: 0 }, { rows: 3, cursor: 4 });
  assert.equal(await job.read("usage"), Float32Array.of(6, 1));
  job.run({ rows: 2, cursor: 0 });
  assert.equal(await job.read("usage"), Float32Array.of(2, 0));
});

test("with decay 0 it is k-means: the means of clusters that lie apart", async () => {
  const [K, D, N] = [4, 3, 400];
  const noise = normals(N * D, 1);
  const x = floats(N * D, (i) => 10 * (Math.floor(i / D) % K) * (i % D === 0 ? 1 : -1) + 0.1 * noise[i]);
  const job = load(codebook(N, K, D), { x, codes: x.slice(0, K * D) }, learning(K, { decay: 0, eps: 0 }));
  job.run(...Array.from({ length: 3 }, () => ({ rows: N, cursor: 0 })));
  const [codes, counts] = [await job.read("codes"), await job.read("counts")];
  assert.equal(counts, new Float32Array(K).fill(N / K));
  for (let i = 0; i < K * D; i++) {
    let mean = 0;
    for (let n = Math.floor(i / D); n < N; n += K) mean += (x[n * D + (i % D)] * K) / N;
    assert.ok(Math.abs(codes[i] - mean) < 1e-5, `codes[${i}] is ${codes[i]}, not ${mean}`);
  }
});

test("a collapsed codebook stays collapsed without resets, and is in use above 80 % with them", async () => {
  const [K, D, N] = [64, 4, 2048];
  const values = { x: normals(N * D, 2), codes: new Float32Array(K * D).fill(50) };
  const steps = Array.from({ length: 30 }, (_, step) => ({ rows: N, cursor: 0, step, seed_low: 1 }));
  const alone = load(codebook(N, K, D), values, learning(K, { decay: 0.9 }));
  alone.run(...steps);
  assert.ok(used(await alone.read("counts")) < 0.05);
  const helped = load(codebook(N, K, D), values, learning(K, { decay: 0.9 }, { threshold: 1 }));
  helped.run(...steps);
  const counts = await helped.read("counts");
  assert.ok(used(counts) > 0.8, `${used(counts)}`);
  const again = load(codebook(N, K, D), values, learning(K, { decay: 0.9 }, { threshold: 1 }));
  again.run(...steps);
  assert.equal(await again.read("codes"), await helped.read("codes"), "another run drew other rows");
});

test("sums of 2^20 rows, all of one code or of many", async () => {
  const [N, K] = [2 ** 20, 300];
  const indices = Uint32Array.from({ length: N }, (_, n) => (n % 3 === 0 ? 7 : (n * 7919) % K));
  const x = floats(N, (n) => (n % 5) - 2);
  const job = load({ x: [N, 1], indices: [N] }, { x, indices }, (graph, { x, indices }) =>
    graph.apply(codeSums, { x, indices }, { codes: K }),
  );
  job.run({ rows: N });
  const [counts, sums] = [new Float32Array(K), new Float32Array(K)];
  indices.forEach((k, n) => {
    counts[k]++;
    sums[k] += x[n];
  });
  assert.equal(await job.read("counts"), counts);
  assert.equal(await job.read("sums"), sums);
});

test("indices of finite scalars and of signs decode to the codes that they were made of", async () => {
  const z = normals(3 * 700 * 4, 3);
  const levels = fsqLevels([8, 5, 5, 5]);
  const scalars = load({ z: [3, 700, 4] }, { z: z.map((v) => 2 * v) }, (graph, { z }) => {
    const { q, indices } = graph.apply(fsq, { z }, levels);
    return { q, indices, back: graph.apply(fsqCodes, { indices }, levels).q };
  });
  scalars.run({});
  assert.equal(await scalars.read("back"), await scalars.read("q"));
  const indices = await scalars.read("indices");
  assert.ok(
    new Set(indices).size > 600 && Math.max(...indices) < 1000,
    `${new Set(indices).size}, ${Math.max(...indices)}`,
  );
  const signs = load({ z: [3, 700, 4] }, { z }, (graph, { z }) => {
    const { q, indices } = graph.apply(lfq, { z });
    return { q, indices, back: graph.apply(lfqCodes, { indices }, { bits: 4 }).q };
  });
  signs.run({ rows: 3 });
  assert.equal(await signs.read("back"), await signs.read("q"));
  assert.is(new Set(await signs.read("indices")).size, 16);
});

test("the gradient of the codes is worked out where it is asked for, and not elsewhere", () => {
  const graph = (asked: string): string[] => {
    const made = new Graph(new Parameters());
    const inputs = { x: made.input("x", [8, 4]), codes: made.input("codes", [3, 4]) };
    const { q, codebook } = made.apply(vectorQuantize, inputs);
    const seeds = new Map([q, codebook].map((tensor) => [tensor, made.input(`d${tensor.name}`, tensor.shape)]));
    differentiate(made, seeds, [inputs[asked as "x"]]);
    return made.calls.map((call) => call.choice.plain.name);
  };
  assert.equal(graph("x"), ["vector-quantize/forward", "vector-quantize/grad-x"]);
  assert.equal(graph("codes"), [
    "vector-quantize/forward",
    "code-sums/ranks",
    "code-sums/starts",
    "code-sums/order",
    "vector-quantize/grad-codes",
  ]);
});

test.after(() => device.dispose());
test.run();
