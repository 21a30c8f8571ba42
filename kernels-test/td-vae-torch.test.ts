import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { differentiate } from "../src/graph/differentiate.js";
import { fuse } from "../src/graph/fuse.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import type { Tensor } from "../src/graph/tensor.js";
import { type CellKind, Recurrent } from "../src/layers/recurrent.js";
import { createModel } from "../src/models/index.js";
import type { TdVaeConfig } from "../src/models/td-vae-config.js";
import type { TorchTensor } from "../src/models/torch-layout.js";
import { fromTorch, toTorch } from "../src/models/torch-layout.js";
import { elements, type Shape } from "../src/ops/op.js";
import { RING_LINES, RING_WIDTH, total } from "../src/ops/total.js";
import { checkConfig } from "../src/train/config.js";
import { normals, uniforms } from "./golden/draws.js";

const test = suite("TD-VAE in PyTorch");
const device = await Device.open();

/** PyTorch's values; torch/td_vae.py writes them and tells how. */
const stored = JSON.parse(readFileSync("kernels-test/golden/td-vae.json", "utf8")) as {
  readonly seed: number;
  readonly step: number;
  readonly batch: number;
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly H: number;
  readonly cells: readonly {
    readonly kind: CellKind;
    readonly states: readonly number[];
    readonly gradients: Readonly<Record<string, readonly number[]>>;
  }[];
  readonly models: readonly {
    readonly model: TdVaeConfig;
    readonly early: readonly number[];
    readonly late: readonly number[];
    readonly jump: readonly number[];
    readonly terms: readonly number[];
    readonly gradients: Readonly<Record<string, number>>;
  }[];
};

const drawn = (seed: number, length: number, low = -1): Float32Array => {
  const u = uniforms(seed);
  return Float32Array.from({ length }, () => low + (1 - low) * u());
};

/** The weights of td-vae.json's doc, in our arena. */
function weightsOf(parameters: Parameters): Float32Array {
  const u = uniforms(2);
  const state = toTorch(parameters, new Float32Array(parameters.arenaLength));
  const values = new Map<string, TorchTensor>();
  for (const [name, { shape }] of [...state].sort(([a], [b]) => (a < b ? -1 : 1)))
    values.set(name, { shape, data: Float32Array.from({ length: elements(shape) }, () => 2 * u() - 1) });
  return fromTorch(parameters, values, "the twin").weight;
}

/** Runs a graph whose gradients end in the arena; gives them by PyTorch's names. */
async function run(graph: Graph, inputs: Readonly<Record<string, Float32Array>>, step = {}) {
  fuse(graph);
  const { parameters } = graph;
  const program = new Program(device, new Plan(graph, device));
  program.writeBuffer("weight arena", weightsOf(parameters));
  for (const [name, values] of Object.entries(inputs)) program.write(name, values);
  program.run([step]);
  return { program, gradients: toTorch(parameters, new Float32Array(await program.readBuffer("gradient arena"))) };
}

const close = (found: number, wanted: number, scale: number, what: string): void =>
  assert.ok(Math.abs(found - wanted) <= 2e-5 * Math.max(scale, 0.1), `${what}: ${found} and ${wanted}`);

for (const { kind, states, gradients } of stored.cells)
  test(`${kind}: states and gradients of a layer over time`, async () => {
    const { B, T, I, H } = stored;
    const graph = new Graph(new Parameters());
    const layer = new Recurrent(graph.parameters, "cell", kind, I, H);
    const x = graph.input("x", [B, T, I]);
    const y = graph.keep(layer.apply(graph, x));
    const g = graph.input("g", y.shape);
    const [dx] = differentiate(graph, new Map([[y, g]]), [x]) as [Tensor];
    graph.keep(dx);
    const made = await run(graph, { x: drawn(1, B * T * I), g: drawn(3, B * T * H) });
    const compare = (found: ArrayLike<number>, wanted: readonly number[], what: string): void => {
      assert.is(found.length, wanted.length, what);
      const scale = Math.max(...wanted.map(Math.abs));
      wanted.forEach((w, i) => {
        close(found[i], w, scale, `${what} ${i}`);
      });
    };
    compare((await made.program.read(y.name)) as Float32Array, states, "states");
    const { x: wanted, ...weights } = gradients;
    compare((await made.program.read(dx.name)) as Float32Array, wanted, "dx");
    assert.is(made.gradients.size, Object.keys(weights).length);
    for (const [name, values] of Object.entries(weights))
      compare((made.gradients.get(`cell.${name}`) as TorchTensor).data, values, name);
    made.program.dispose();
  });

for (const { model: config, gradients, terms: wanted, ...jumps } of stored.models)
  test(`the model, ${config.belief ?? "lstm"}: jumps, terms and every gradient`, async () => {
    const { batch, seed, step } = stored;
    const base = {
      data: "none",
      batch,
      epochs: 1,
      seed,
      optimizer: { kind: "adam", lr: 1e-3 },
      reduction: "batchMean",
    };
    const model = createModel(checkConfig({ ...base, model: config }).model);
    const graph = new Graph(model.parameters, true);
    const x = graph.input("x", [batch, model.width]);
    const pairs = batch * (config.pairs ?? 1);
    const shape: Shape = [pairs, 2 * (model.temporal?.stateDim ?? 0)];
    const eps = graph.input("eps", shape);
    const { terms } = model.forward(graph, { input: x, target: x, eps });
    assert.equal(
      terms.map((t) => t.name),
      ["recon", "belief", "transition"],
    );
    const ring = graph.tensor("ring", [RING_LINES, RING_WIDTH], "f32", "ring");
    const { loss } = graph.apply(total, { ...Object.fromEntries(terms.map((t, k) => [`term${k}`, t.tensor])), ring });
    differentiate(graph, loss as Tensor);
    const found = ["early", "late", "jump"] as const;
    for (const name of found) graph.keep(graph.nodes.find((n) => n.label === "jumps")?.tensors[name] as Tensor);
    const normal = normals(3);
    const made = await run(
      graph,
      { x: drawn(1, batch * model.width, 0), eps: Float32Array.from({ length: elements(shape) }, () => normal()) },
      { seed_low: seed, step, rows: batch, weight0: 1, weight1: 1, weight2: 1 },
    );
    for (const name of found)
      assert.equal([...((await made.program.read(`jumps.${name}`)) as Uint32Array)], jumps[name], name);
    const line = new Float32Array(await made.program.readBuffer("ring"));
    wanted.forEach((w, k) => {
      close(line[1 + k], w, Math.abs(w), terms[k].name);
    });
    assert.equal([...made.gradients.keys()].sort(), Object.keys(gradients));
    const u = uniforms(4);
    for (const [name, w] of Object.entries(gradients)) {
      const { data } = made.gradients.get(name) as TorchTensor;
      let [sum, size] = [0, 0];
      for (const d of data) {
        const term = d * Math.fround(2 * u() - 1);
        sum += term;
        size += Math.abs(term);
      }
      close(sum, w, size, name);
    }
    made.program.dispose();
  });

test.run();
