import { readFileSync } from "node:fs";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Dataset } from "../src/data/dataset.js";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { fuse } from "../src/graph/fuse.js";
import { Graph } from "../src/graph/graph.js";
import { Interpreter } from "../src/graph/interpret.js";
import { Parameters } from "../src/graph/parameters.js";
import type { PlanTarget } from "../src/graph/plan.js";
import { Plan } from "../src/graph/plan.js";
import { byteLength, root } from "../src/graph/tensor.js";
import { activation, activations } from "../src/ops/activation.js";
import { linear } from "../src/ops/linear.js";
import { RandomStream, streams } from "../src/random/philox.js";
import { presets } from "../src/train/presets.js";
import { Trainer } from "../src/train/trainer.js";
import type { Net, Piece } from "./random-graph.js";
import { build, nets } from "./random-graph.js";
import { references } from "./ref/index.js";

const test = suite("plan");
const large = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
const target = (limits = large): PlanTarget => ({
  profile: {
    class: "nvidia",
    software: false,
    subgroupSize: 0,
    matmul: "tiled",
    wideTiles: true,
    storage: "f32",
    hasF16: false,
    workgroupTarget: 256,
    timeBudgetMs: 8,
  },
  limits,
});

test("the default VAE's step reads as it did", async () => {
  const device = await Device.open({ adapter: "null" });
  const values = new Uint8Array(1000 * 784);
  const dataset: Dataset = { name: "blank", count: 1000, shape: [1, 28, 28], values };
  const trainer = new Trainer(device, presets[0].config, dataset);
  const text = trainer.plan.toString();
  assert.fixture(`${text}\n`, readFileSync("kernels-test/snapshots/vae-20.txt", "utf8"));
  assert.ok(trainer.plan.dispatches.length <= 24);
  trainer.dispose();
  await device.dispose();
});

/** Every tensor of a plan, once, by the one that owns its memory. */
function checkMemory(plan: Plan): void {
  const lives = new Map<number, { name: string; first: number; last: number }[]>();
  for (const [i, { windows, kernel }] of plan.dispatches.entries()) {
    const call = plan.calls[i];
    for (const a of windows) {
      const tensor = call.tensors[a.binding];
      const access = kernel.bindings.find((b) => b.name === a.binding)?.access;
      assert.is(a.bytes, byteLength(tensor));
      assert.is(a.offset % 256, 0, `${a.tensor} begins at ${a.offset}`);
      assert.ok(a.offset + a.bytes <= plan.buffers[a.buffer].bytes, `${a.tensor} ends beyond its buffer`);
      for (const b of windows) {
        if (a === b || a.buffer !== b.buffer || access !== "read_write") continue;
        const other = kernel.bindings.find((k) => k.name === b.binding)?.access;
        assert.is(other, "read_write", `${kernel.name} reads and writes buffer ${a.buffer}`);
        assert.ok(
          a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset,
          `${kernel.name} writes one place twice`,
        );
      }
      const owner = root(tensor);
      if (plan.buffers[a.buffer].shareable) continue;
      assert.is(owner.role, "activation", `${owner.name} lies in a slot`);
      const list = lives.get(a.buffer) ?? [];
      lives.set(a.buffer, list);
      const life = list.find((l) => l.name === owner.name);
      if (life) life.last = i;
      else list.push({ name: owner.name, first: i, last: i });
    }
  }
  for (const list of lives.values())
    for (const a of list)
      for (const b of list)
        assert.ok(
          a === b || a.last < b.first || b.last < a.first,
          `${a.name} and ${b.name} live in one slot at a time`,
        );
  assert.is(plan.bytes, plan.buffers.reduce((n, b) => n + b.bytes, 0) + plan.sizesData.byteLength);
  const bound = plan.dispatches.flatMap((d) => d.windows.map((w) => w.bytes));
  assert.is(plan.largestBinding.bytes, Math.max(0, ...bound));
}

test("random nets: no two lives in a slot, nothing read and written in one dispatch, every byte counted", () => {
  let shared = 0;
  fc.assert(
    fc.property(nets, fc.boolean(), (pieces, fused) => {
      const plan = new Plan(build(pieces, fused).graph, target());
      checkMemory(plan);
      const tenants = new Set(plan.calls.flatMap((c) => Object.values(c.tensors).map(root))).size;
      if (plan.buffers.length < tenants) shared++;
    }),
    { numRuns: 300, seed: 1 },
  );
  assert.ok(shared > 100, `${shared} of 300 nets had a slot to share`);
});

/** Runs a net in float64; the same inputs and weights for every form of it. */
function interpret({ graph, x, y, dy, dx }: Net, shift?: { h: number; direction: Float64Array }) {
  const plan = new Plan(graph, target());
  const interpreter = new Interpreter(plan, references, Math.max(64, graph.parameters.arenaLength));
  const random = new RandomStream(9, streams.test);
  const bound = new Set(plan.calls.flatMap((c) => Object.values(c.tensors)));
  const arena = Float64Array.from({ length: graph.parameters.arenaLength }, () => 0.4 * random.normal());
  const values = Float64Array.from({ length: 15 }, () => random.normal());
  const incoming = Float64Array.from({ length: dy.shape.reduce((n, d) => n * d, 1) }, () => random.normal());
  if (shift) for (const [i, d] of shift.direction.entries()) values[i] += shift.h * d;
  for (const { tensor } of graph.parameters.all)
    interpreter
      .memoryOf(tensor)
      .set(arena.subarray(tensor.offset, (tensor.offset ?? 0) + interpreter.memoryOf(tensor).length));
  interpreter.memoryOf(x).set(values);
  if (bound.has(dy)) interpreter.memoryOf(dy).set(incoming);
  interpreter.run({});
  const gradients = graph.parameters.all.map((p) => [
    ...interpreter.memoryOf({ ...p.tensor, role: "gradient", arena: "gradient" }),
  ]);
  return { plan, incoming, y: [...interpreter.memoryOf(y)], dx: dx ? [...interpreter.memoryOf(dx)] : [], gradients };
}

/** A fused net gives what the plain one does. */
function checkFused(pieces: readonly Piece[]): { fewer: boolean } {
  const [apart, fused] = [interpret(build(pieces, false)), interpret(build(pieces, true))];
  for (const key of ["y", "dx", "gradients"] as const) {
    const [a, b] = [apart[key].flat(), fused[key].flat()];
    assert.is(a.length, b.length);
    for (const [i, v] of a.entries())
      assert.ok(Math.abs(v - b[i]) <= 1e-12 * Math.max(1, Math.abs(v)), `${key}[${i}]: ${v} and ${b[i]} fused`);
  }
  return { fewer: fused.plan.dispatches.length < apart.plan.dispatches.length };
}

test("what is read under another shape too is not fused away", () => {
  const pieces = [
    { op: "linear", a: 0, b: 0, width: 4, kind: 1 },
    { op: "activation", a: 0, b: 0, width: 1, kind: 1 },
    { op: "reshape", a: 3, b: 0, width: 1, kind: 1 },
    { op: "linear", a: 0, b: 0, width: 2, kind: 1 },
  ] as const;
  assert.equal(checkFused(pieces), { fewer: false });
  assert.equal(checkFused(pieces.slice(0, 2)), { fewer: true });
});

test("random nets: fused and unfused give the same results and gradients", () => {
  let fewer = 0;
  fc.assert(
    fc.property(nets, (pieces) => {
      if (checkFused(pieces).fewer) fewer++;
    }),
    { numRuns: 300, seed: 2 },
  );
  assert.ok(fewer > 30, `${fewer} of 300 nets had something to fuse`);
});

test("random nets: differentiate gives the derivative, whatever the fan-out", () => {
  const smooth = [activations.sigmoid, activations.tanh, activations.silu, activations.softplus];
  let checked = 0;
  fc.assert(
    fc.property(nets, (pieces) => {
      const net = pieces.map((p) => ({ ...p, kind: smooth[p.kind % smooth.length] }));
      const base = interpret(build(net, false));
      if (base.dx.length === 0) return;
      const random = new RandomStream(4, streams.test);
      const direction = Float64Array.from({ length: 15 }, () => random.normal());
      const objective = (h: number): number => {
        const { y, incoming } = interpret(build(net, false), { h, direction });
        return y.reduce((sum, v, i) => sum + v * incoming[i], 0);
      };
      const h = 1e-5;
      const numeric = (objective(h) - objective(-h)) / (2 * h);
      const size = base.dx.reduce((sum, d, i) => sum + Math.abs(d * direction[i]), 0);
      const analytic = base.dx.reduce((sum, d, i) => sum + d * direction[i], 0);
      assert.ok(Math.abs(numeric - analytic) <= 1e-5 * Math.max(size, 1), `${numeric} and ${analytic}`);
      checked++;
    }),
    { numRuns: 150, seed: 3 },
  );
  assert.ok(checked > 50, `${checked} nets had a gradient`);
});

test("every fusable kind gives the GPU what the two dispatches give", async () => {
  const device = await Device.open();
  const random = new RandomStream(6, streams.test);
  const values = Float32Array.from({ length: 7 * 9 }, () => random.normal());
  const weights = Float32Array.from({ length: 9 * 12 }, () => random.normal());
  for (const kind of Object.values(activations).filter((k) => k !== 0)) {
    const results: Float32Array[] = [];
    for (const fused of [false, true]) {
      const net = layer(kind, fused);
      const plan = new Plan(net.graph, device);
      const program = new Program(device, plan);
      program.write("x", values);
      program.write("w", weights);
      program.run([{}]);
      results.push((await program.read(net.y)) as Float32Array);
      assert.is(plan.dispatches.length, fused ? 1 : 2);
      program.dispose();
    }
    for (const [i, v] of results[0].entries())
      assert.ok(Math.abs(v - results[1][i]) <= 2e-6 * Math.max(1, Math.abs(v)), `kind ${kind}: ${v}, ${results[1][i]}`);
  }
  await device.dispose();
});

function layer(kind: number, fused: boolean): { graph: Graph; y: string } {
  const graph = new Graph(new Parameters());
  const { y } = graph.apply(linear, { x: graph.input("x", [7, 9]), w: graph.input("w", [9, 12]) });
  const out = graph.apply(activation, { x: y }, { kind }).y;
  graph.keep(out);
  if (fused) fuse(graph);
  return { graph, y: out.name };
}

test("what an adapter cannot hold is refused with the tensor, both sizes and the remedy", () => {
  const graph = () => {
    const g = new Graph(new Parameters());
    const w = g.parameters.add("decoder.0.weight", [40, 50], { kind: "zeros" });
    g.apply(linear, { x: g.input("x", [2, 40]), w });
    return g;
  };
  const limits = (maxStorageBufferBindingSize: number, maxBufferSize: number) =>
    target({ maxStorageBufferBindingSize, maxBufferSize });
  assert.ok(new Plan(graph(), limits(8000, 8192)));
  assert.throws(
    () => new Plan(graph(), limits(7999, 8192)),
    (e: unknown) =>
      e instanceof InputError && /^decoder\.0\.weight takes 8000 bytes .* 7999; use a smaller/.test(e.message),
  );
  assert.throws(
    () => new Plan(graph(), limits(8000, 8191)),
    (e: unknown) => e instanceof InputError && /^weight arena takes 8192 bytes .* 8191; use a smaller/.test(e.message),
  );
});

test("a grid whose second dimension is too large is refused, a one-dimensional one is folded", () => {
  const rows = (B: number) => {
    const g = new Graph(new Parameters());
    g.apply(linear, { x: g.input("x", [B, 1]), w: g.input("w", [1, 1]) });
    return g;
  };
  const huge = { maxBufferSize: 2 ** 40, maxStorageBufferBindingSize: 2 ** 40 };
  assert.throws(
    () => new Plan(rows(2 ** 26), target(huge)),
    (e: unknown) =>
      e instanceof InputError && /linear\/forward\.tiled needs \d+ workgroups .* 65535; use a smaller/.test(e.message),
  );
  const g = new Graph(new Parameters());
  g.apply(activation, { x: g.input("x", [65_536 * 256]) }, { kind: 1 });
  const [x, y, z] = new Plan(g, target(huge)).dispatches[0].grid;
  assert.ok(x <= 65_535 && y === 2 && z === 1 && x * y >= 65_536, `${x} x ${y} x ${z}`);
});

test("a missing or an unknown input is refused by name", () => {
  const g = new Graph(new Parameters());
  const x = g.input("x", [2, 3]);
  assert.throws(
    () => g.apply(linear, { x }),
    (e: unknown) => e instanceof InputError && /"w"/.test(e.message),
  );
  assert.throws(
    () => g.apply(activation, { x, bias: x }, { kind: 1 }),
    (e: unknown) => e instanceof InputError && /no input "bias"/.test(e.message),
  );
});

test.run();
