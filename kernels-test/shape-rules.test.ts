import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { differentiate } from "../src/graph/differentiate.js";
import { Graph } from "../src/graph/graph.js";
import { Interpreter } from "../src/graph/interpret.js";
import { Parameters } from "../src/graph/parameters.js";
import type { PlanTarget } from "../src/graph/plan.js";
import { Plan } from "../src/graph/plan.js";
import { activationTangent } from "../src/ops/activation-tangent.js";
import { add } from "../src/ops/add.js";
import { concat } from "../src/ops/concat.js";
import { corrupt, corruptions, hidden } from "../src/ops/corrupt.js";
import { dropout } from "../src/ops/dropout.js";
import { freeBits } from "../src/ops/free-bits.js";
import { gather, gatherIntegers } from "../src/ops/gather.js";
import { importance, priorRatio } from "../src/ops/importance.js";
import { klCapacity } from "../src/ops/kl-capacity.js";
import { noise } from "../src/ops/noise.js";
import type { Attrs, Op, Shapes } from "../src/ops/op.js";
import { philox } from "../src/ops/philox.js";
import { reduce } from "../src/ops/reduce.js";
import { repeatRows } from "../src/ops/repeat-rows.js";
import { reshape, reshapeTo } from "../src/ops/reshape.js";
import { scale } from "../src/ops/scale.js";
import { sigmaNll } from "../src/ops/sigma-nll.js";
import { slice } from "../src/ops/slice.js";
import { sparseKl } from "../src/ops/sparse-kl.js";
import { topK } from "../src/ops/top-k.js";
import { totalCorrelation } from "../src/ops/total-correlation.js";
import { references } from "./ref/index.js";
import { defaultStep } from "./trials.js";

const test = suite("shape rules");
const target: PlanTarget = {
  profile: {
    class: "null",
    software: true,
    subgroupSize: 0,
    matmul: "plain",
    wideTiles: false,
    storage: "f32",
    hasF16: false,
    workgroupTarget: 8,
    timeBudgetMs: 100,
  },
  limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 },
};

test("shapes and settings that do not fit are refused in one sentence", () => {
  const x = [2, 3, 4, 5];
  const bad: [Op, Shapes, Attrs, string][] = [
    [add, { a: [2, 3], b: [3, 2] }, {}, "a is [2,3] and b is [3,2]"],
    [concat, { a: [2, 3], b: [3, 2] }, { axis: 1 }, "may differ in axis 1 only"],
    [concat, { a: [2, 3], b: [2, 3] }, { axis: 2 }, "no axis 2 in [2,3]"],
    [slice, { x }, { axis: 1, from: 2, to: 2 }, "2 to 2 is no part of axis 1"],
    [slice, { x }, { axis: -1, from: 2, to: 6 }, "2 to 6 is no part of axis 3"],
    [slice, { x }, { axis: -5, from: 0, to: 1 }, "no axis -5"],
    [reshape, { x }, reshapeTo([7, 5]), "120 values and [7,5] holds 35"],
    [reduce, { x }, { from: 1, to: 5 }, "no axes 1 to 5"],
    [reduce, { x }, { from: 2, to: 2 }, "no axes 2 to 2"],
    [dropout, { x }, { p: 1 }, "p is 1"],
    [dropout, { x }, { p: Number.NaN }, "p is NaN"],
    [corrupt, { x }, { kind: corruptions.gaussian, sigma: -1 }, "sigma is -1"],
    [corrupt, { x }, { kind: corruptions.masking, p: 1.5 }, "p is 1.5"],
    [corrupt, { x: [2, 30] }, { kind: corruptions.patch, patch: 2, ratio: 0.5 }, "patches need images"],
    [corrupt, { x }, { kind: corruptions.patch, patch: 0, ratio: 0.5 }, "side of a patch is 0"],
    [corrupt, { x }, { kind: 9 }, "no kind 9"],
    [hidden, { x }, { kind: corruptions.gaussian, sigma: 1 }, "hides nothing"],
    [noise, {}, { rows: 0, width: 3 }, "[0,3]"],
    [gather, { data: [5, 3] }, { batch: 0 }, "the batch is 0"],
    [sparseKl, { h: [5] }, { rho: 0.1 }, "must be [rows, units]"],
    [sparseKl, { h: [5, 3] }, { rho: 1 }, "rho is 1"],
    [klCapacity, { kl: [5, 3] }, {}, "one number a row"],
    [freeBits, { stats: [5, 4] }, { free: -1 }, "free is -1"],
    [totalCorrelation, { stats: [5, 4], z: [5, 3] }, { rows: 9 }, "must be [5,2]"],
    [totalCorrelation, { stats: [5, 4], z: [5, 2] }, { rows: 0 }, "has 0 rows"],
    [sigmaNll, { square: [5], logVar: [5] }, { elements: 4 }, "logVar is [5]"],
    [repeatRows, { x }, { times: 0 }, "times is 0"],
    [priorRatio, { stats: [5, 4], z: [4, 2] }, {}, "must be [5,2]"],
    [importance, { recon: [6], ratio: [6] }, { draws: 4 }, "must divide"],
    [topK, { x: [5, 3, 1] }, { k: 1 }, "must be [rows, units]"],
    [topK, { x: [5, 3] }, { k: 4 }, "k is 4"],
    [activationTangent, { x: [5, 3], t: [3, 5] }, { kind: 4 }, "t is [3,5]"],
    [gatherIntegers, { data: [5, 3] }, { batch: 1.5 }, "the batch is 1.5"],
    [philox, { counter: [5, 4], key: [4, 2] }, {}, "must be [N,4] and [N,2]"],
  ];
  for (const [op, shapes, attrs, part] of bad) {
    let error: unknown;
    try {
      op.outputs(shapes, attrs);
    } catch (caught) {
      error = caught;
    }
    assert.instance(error, InputError, `${op.name} ${part}`);
    assert.ok((error as Error).message.includes(part), `"${part}" is not in: ${(error as Error).message}`);
  }
});

test("outputs have the shapes that the ops promise", () => {
  const x = [2, 3, 4, 5];
  assert.equal(concat.outputs({ a: x, b: [2, 7, 4, 5] }, { axis: 1 }).y, [2, 10, 4, 5]);
  assert.equal(slice.outputs({ x }, { axis: -2, from: 1, to: 3 }).y, [2, 3, 2, 5]);
  assert.equal(reduce.outputs({ x }, { from: 1, to: 3 }).y, [2, 5]);
  assert.equal(reduce.outputs({ x }, {}).y, [1]);
  assert.equal(gather.outputs({ data: [9, 4, 4, 3] }, { batch: 2 }).x, [2, 4, 4, 3]);
});

test("patches are hidden in an exact number an image, differently from image to image and from step to step", () => {
  const shape = [6, 28, 28, 1];
  const attrs = { kind: corruptions.patch, patch: 7, ratio: 0.4 };
  const hiddenAt = (step: number): string[] => {
    const graph = new Graph(new Parameters());
    const { y } = graph.apply(corrupt, { x: graph.input("x", shape) }, attrs);
    const plan = new Plan(graph, target);
    const cpu = new Interpreter(plan, references, 0);
    cpu.write("x", new Array(6 * 784).fill(1));
    cpu.run({ ...defaultStep, step });
    const kept = cpu.values(y.name);
    return Array.from({ length: 6 }, (_, b) => {
      const corners = Array.from({ length: 16 }, (_, p) => kept[b * 784 + Math.floor(p / 4) * 7 * 28 + (p % 4) * 7]);
      const pixels = kept.subarray(b * 784, b * 784 + 784).filter((v) => v === 0).length;
      assert.is(corners.filter((v) => v === 0).length, 6);
      assert.is(pixels, 6 * 49);
      return corners.join("");
    });
  };
  const [first, second] = [hiddenAt(0), hiddenAt(1)];
  assert.ok(new Set(first).size >= 5, `images share their patches: ${first.join(" ")}`);
  assert.ok(first.some((pattern, b) => pattern !== second[b]));
});

test("a gradient goes back through a reshape to the weight's own shape", () => {
  const graph = new Graph(new Parameters());
  const w = graph.input("w", [2, 6]);
  const doubled = graph.apply(scale, { x: w }, { factor: 2 }).y;
  const view = graph.apply(reshape, { x: doubled }, reshapeTo([3, 4])).y;
  assert.equal(view.shape, [3, 4]);
  assert.is(view.viewOf, doubled);
  const y = graph.apply(scale, { x: view }, { factor: 3 }).y;
  const dy = graph.input("dy", [3, 4]);
  const [dw] = differentiate(graph, new Map([[y, dy]]), [w]);
  assert.equal(dw.shape, [2, 6]);
  graph.keep(dw);
  graph.keep(y);
  const cpu = new Interpreter(new Plan(graph, target), references, 0);
  const values = Array.from({ length: 12 }, (_, i) => i + 1);
  cpu.write("w", values);
  cpu.write("dy", values);
  cpu.run(defaultStep);
  const sixfold = values.map((v) => 6 * v);
  assert.equal([...cpu.values(y.name)], sixfold);
  assert.equal([...cpu.values(dw.name)], sixfold);
});

test.run();
