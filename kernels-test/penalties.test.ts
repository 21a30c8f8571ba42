import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import type { Tensor } from "../src/graph/tensor.js";
import { Dense } from "../src/layers/dense.js";
import { initialWeights } from "../src/layers/init.js";
import { jacobianNorm } from "../src/layers/jacobian.js";
import { topK } from "../src/ops/top-k.js";
import { RandomStream, streams } from "../src/random/philox.js";

const test = suite("penalties");
const device = await Device.open();

/** Runs a graph of one input x over rows, with weights where it has some, for each step; gives the outputs named. */
async function run(
  values: Float32Array,
  shape: readonly number[],
  build: (graph: Graph, x: Tensor) => Readonly<Record<string, Tensor>>,
  steps = 1,
): Promise<Record<string, number[][]>> {
  const graph = new Graph(new Parameters());
  const outputs = build(graph, graph.input("x", shape));
  for (const tensor of Object.values(outputs)) graph.keep(tensor);
  const program = new Program(device, new Plan(graph, device, new Map(Object.entries(outputs))));
  program.write("x", values);
  if (graph.parameters.arenaLength > 0) program.writeBuffer("weight arena", initialWeights(graph.parameters, 5));
  const out: Record<string, number[][]> = Object.fromEntries(Object.keys(outputs).map((name) => [name, []]));
  for (let step = 0; step < steps; step++) {
    program.run([{ seed_low: 3, seed_high: 0, step, rows: shape[0] }]);
    for (const name of Object.keys(out)) out[name].push([...(await program.read(name))]);
  }
  program.dispose();
  return out;
}

test("k-sparse keeps exactly k, of equal numbers those of lowest index, whatever their size", async () => {
  const rows: [number[], number, number[]][] = [
    [[0, -0, 0, -0, -1], 2, [1, 1, 0, 0, 0]],
    [[-0, 0, 2, 0, 0], 3, [1, 1, 1, 0, 0]],
    [[1e-45, 0, -1e-45, 2e-45, 0], 3, [1, 1, 0, 1, 0]],
    [[3.4e38, -3.4e38, 3.4028234e38, -3.4028234e38, 0], 4, [1, 1, 1, 0, 1]],
    [[7, 7, 7, 7, 7], 4, [1, 1, 1, 1, 0]],
    [[1, 1.0000001, 1, 0.99999994, 1.0000002], 2, [0, 1, 0, 0, 1]],
    [[-3, -1, -2, -1, -1], 2, [0, 1, 0, 1, 0]],
  ];
  for (const [row, k, kept] of rows) {
    const got = await run(Float32Array.from(row), [1, 5], (graph, x) => {
      const made = graph.apply(topK, { x }, { k });
      return { y: made.y, kept: made.kept };
    });
    assert.equal(got.kept[0], kept, `${row}`);
    assert.equal(
      got.y[0].map((v) => v + 0),
      row.map((v, j) => (kept[j] ? Math.fround(v) + 0 : 0)),
    );
  }
});

test("random projections of the Jacobian have the exact norm for their mean", async () => {
  const [B, I, J] = [5, 9, 7];
  const random = new RandomStream(1, streams.test);
  const x = Float32Array.from({ length: B * I }, () => random.normal());
  for (const activation of ["sigmoid", "tanh", "silu", "gelu", "softplus"] as const) {
    const layerOf = (graph: Graph) => [new Dense(graph.parameters, "encoder", I, J, { activation })];
    const {
      norm: [exact],
    } = await run(x, [B, I], (graph, at) => ({ norm: jacobianNorm(graph, layerOf(graph), at).norm }));
    const many = await run(x, [B, I], (graph, at) => ({ norm: jacobianNorm(graph, layerOf(graph), at, 50).norm }), 40);
    exact.forEach((want, b) => {
      const draws = many.norm.map((row) => row[b]);
      const mean = draws.reduce((a, v) => a + v, 0) / draws.length;
      const deviation = Math.sqrt(draws.reduce((a, v) => a + (v - mean) ** 2, 0) / draws.length);
      assert.ok(deviation > 0, "projections are drawn anew");
      assert.ok(Math.abs(mean - want) < (4 * deviation) / Math.sqrt(draws.length), `${activation} ${mean} and ${want}`);
    });
  }
});

test("the Jacobian of two layers is the one that differences give", async () => {
  const [I, H, J] = [4, 6, 3];
  const random = new RandomStream(2, streams.test);
  const x = Float32Array.from({ length: I }, () => random.normal());
  const layersOf = (graph: Graph) => [
    new Dense(graph.parameters, "encoder.0", I, H, { activation: "tanh" }),
    new Dense(graph.parameters, "encoder.2", H, J),
  ];
  const encode = async (at: Float32Array): Promise<number[]> =>
    (await run(at, [1, I], (graph, t) => ({ y: jacobianNorm(graph, layersOf(graph), t, 1).y }))).y[0];
  let want = 0;
  for (let i = 0; i < I; i++) {
    const shifted = [-1, 1].map((sign) => x.map((v, k) => (k === i ? v + sign * 0.01 : v)));
    const [low, high] = [await encode(shifted[0]), await encode(shifted[1])];
    for (let j = 0; j < J; j++) want += ((high[j] - low[j]) / 0.02) ** 2;
  }
  const found = await run(x, [1, I], (graph, t) => ({ norm: jacobianNorm(graph, layersOf(graph), t, 200).norm }), 50);
  const mean = found.norm.reduce((a, [v]) => a + v, 0) / 50;
  assert.ok(Math.abs(mean - want) < 0.05 * want, `${mean} and ${want}`);
});

test.run();
