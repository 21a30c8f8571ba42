import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import { embedding } from "../src/ops/embedding.js";
import { vectorQuantize } from "../src/ops/vector-quantize.js";

const test = suite("vector-quantize");
const device = await Device.open();

/** What every WebGPU device has. */
const defaults = { maxBufferSize: 256 * 2 ** 20, maxStorageBufferBindingSize: 128 * 2 ** 20 };

interface Search {
  readonly x: Float32Array;
  readonly codes: Float32Array;
  readonly D: number;
  readonly indices: Uint32Array;
  readonly commit: Float32Array;
  readonly q: Float32Array;
  readonly plan: Plan;
}

/** Searches on the device with a plan that WebGPU's default limits allow. */
async function search(x: Float32Array, codes: Float32Array, D: number): Promise<Search> {
  const graph = new Graph(new Parameters());
  const inputs = { x: graph.input("x", [x.length / D, D]), codes: graph.input("codes", [codes.length / D, D]) };
  const out = graph.apply(vectorQuantize, inputs);
  for (const name of ["q", "indices", "commit", "codebook"]) graph.keep(out[name]);
  const plan = new Plan(graph, { profile: device.profile, limits: defaults });
  const program = new Program(device, plan);
  try {
    program.write("x", x);
    program.write("codes", codes);
    program.run([{}]);
    const read = async <T>(name: string): Promise<T> => (await program.read(out[name].name)) as T;
    const [q, commit] = [await read<Float32Array>("q"), await read<Float32Array>("commit")];
    assert.equal(await read("codebook"), commit);
    return { x, codes, D, indices: await read("indices"), commit, q, plan };
  } finally {
    program.dispose();
  }
}

/** Rows among `rows` whose code is not float64's nearest one although the two distances differ by more than `rounding` of them,
 * relative. */
function mistaken({ x, codes, D, indices }: Search, rows: readonly number[], rounding: number): number[] {
  const K = codes.length / D;
  return rows.filter((n) => {
    let least = Number.POSITIVE_INFINITY;
    let own = 0;
    for (let k = 0; k < K; k++) {
      let distance = 0;
      for (let d = 0; d < D; d++) distance += (x[n * D + d] - codes[k * D + d]) ** 2;
      least = Math.min(least, distance);
      if (k === indices[n]) own = distance;
    }
    return !(own <= least * (1 + rounding));
  });
}

/** Draws by the million: a generator that is quick rather than good, its high bits; [0, 1). */
function quick(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** About standard normal, around `mean`. */
function normals(length: number, seed: number, mean = 0): Float32Array {
  const uniform = quick(seed);
  return Float32Array.from({ length }, () => mean + 2 * (uniform() + uniform() + uniform() - 1.5));
}

const seeded = (count: number, N: number): number[] => {
  const uniform = quick(5);
  return Array.from({ length: count }, () => Math.floor(N * uniform()));
};

const [N, D, K] = [131_072, 64, 512];

test("131,072 rows of 64 against 512 codes, in the limits that every WebGPU device has: float64's codes", async () => {
  const found = await search(normals(N * D, 1), normals(K * D, 2), D);
  assert.ok(found.plan.largestBinding.bytes === N * D * 4, "nothing larger than x is bound");
  assert.ok(found.plan.bytes < 0.27 * N * K * 4, `${found.plan.bytes} bytes, no matrix of distances among them`);
  assert.equal(mistaken(found, seeded(1000, N), 2e-6), []);
  assert.ok(new Set(found.indices).size > 500);
  found.indices.forEach((k, n) => {
    if (found.q[n * D + (n % D)] !== found.codes[k * D + (n % D)]) assert.unreachable(`q[${n}] is not code ${k}`);
  });
});

test("all of them: integers near their code, which has a double of a higher index", async () => {
  const uniform = quick(3);
  const below = (n: number): number => Math.floor(n * uniform());
  const codes = Float32Array.from({ length: K * D }, () => 16 * (below(17) - 8));
  codes.copyWithin((K / 2) * D, 0, (K / 2) * D);
  const own = Uint32Array.from({ length: N }, () => below(K / 2));
  const x = new Float32Array(N * D);
  for (let i = 0; i < x.length; i++) x[i] = codes[own[Math.floor(i / D)] * D + (i % D)] + below(3) - 1;
  const { indices, commit, q } = await search(x, codes, D);
  for (let n = 0; n < N; n++) {
    let squares = 0;
    let same = indices[n] === own[n];
    for (let d = 0; d < D; d++) {
      const code = codes[own[n] * D + d];
      squares += (x[n * D + d] - code) ** 2;
      same &&= q[n * D + d] === code;
    }
    if (!same || commit[n] !== squares) assert.unreachable(`row ${n}: code ${indices[n]}, not ${own[n]}`);
  }
});

test("rows and codes far from 0: their squares do not cancel", async () => {
  const found = await search(normals(2048 * D, 6, 1000), normals(K * D, 7, 1000), D);
  assert.equal(mistaken(found, [...Array(2048).keys()], 2e-6), []);
});

test("codes that are small beside the rows, as they begin", async () => {
  const codes = normals(K * D, 8).map((v) => v / 512);
  const found = await search(normals(2048 * D, 9), codes, D);
  assert.equal(mistaken(found, [...Array(2048).keys()], 2e-6), []);
});

test("16,384 codes of 512 features", async () => {
  const found = await search(normals(40 * 512, 10), normals(16_384 * 512, 11), 512);
  assert.ok(found.plan.largestBinding.bytes === 2 ** 25);
  assert.equal(mistaken(found, [0, 1, 8, 31, 32, 39], 2e-6), []);
});

test("2^20 rows", async () => {
  const found = await search(normals(2 ** 20 * 4, 12), normals(9 * 4, 13), 4);
  assert.equal(mistaken(found, seeded(5000, 2 ** 20), 2e-6), []);
});

test("an index map decodes to the codes that it was made of, bit for bit", async () => {
  const graph = new Graph(new Parameters());
  const [x, codes] = [graph.input("x", [3, 5, 7, 12]), graph.input("codes", [33, 12])];
  const { q, indices } = graph.apply(vectorQuantize, { x, codes });
  const { y } = graph.apply(embedding, { w: codes, indices });
  for (const tensor of [q, y]) graph.keep(tensor);
  assert.equal(y.shape, q.shape);
  const program = new Program(device, new Plan(graph, device));
  program.write("x", normals(3 * 5 * 7 * 12, 14));
  program.write("codes", normals(33 * 12, 15));
  program.run([{}]);
  assert.equal(await program.read(y.name), await program.read(q.name));
  program.dispose();
});

test.after(() => device.dispose());
test.run();
