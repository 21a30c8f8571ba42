import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { fuse } from "../src/graph/fuse.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import type { Tensor } from "../src/graph/tensor.js";
import { activation, activations } from "../src/ops/activation.js";
import { batchNorm, batchNormEval } from "../src/ops/batch-norm.js";
import { embedding } from "../src/ops/embedding.js";
import { groupNorm, layerNorm } from "../src/ops/group-norm.js";
import { oneHot } from "../src/ops/one-hot.js";
import type { Attrs, Op, Shapes } from "../src/ops/op.js";
import { elements } from "../src/ops/op.js";
import { avgPool2d, maxPool2d } from "../src/ops/pool2d.js";
import { upsampleNearest } from "../src/ops/upsample-nearest.js";
import { RandomStream, streams } from "../src/random/philox.js";

const device = await Device.open();
const test = suite("norms and pooling");

test("shapes and settings that do not fit are refused in one sentence", () => {
  const x = [2, 5, 6, 4];
  const affine = { w: [4], bias: [4] };
  const running = { runningMean: [4], runningVar: [4] };
  const bad: [Op, Shapes, Attrs, string][] = [
    [batchNorm, { x: [4], ...affine, ...running }, {}, "x is [4]"],
    [batchNorm, { x, ...affine, ...running, w: [5] }, {}, "w is [5] for 4 channels"],
    [batchNorm, { x, ...affine, ...running, runningVar: [1, 4] }, {}, "runningVar is [1,4]"],
    [batchNorm, { x, ...affine, ...running }, { momentum: 1.5 }, "momentum is 1.5"],
    [batchNorm, { x: [1, 1, 1, 4], ...affine, ...running }, {}, "one value a channel has no variance"],
    [batchNormEval, { x, ...affine, mean: [4], variance: [3] }, {}, "variance is [3]"],
    [groupNorm, { x, ...affine }, { groups: 3 }, "3 groups do not divide 4 channels"],
    [groupNorm, { x, ...affine }, { groups: 0 }, "0 groups"],
    [layerNorm, { x, w: [4], bias: [6] }, {}, "bias is [6]"],
    [maxPool2d, { x: [2, 5] }, {}, "x is [2,5]"],
    [maxPool2d, { x }, { kernelH: 0 }, "window is 0 by 2"],
    [maxPool2d, { x }, { padTop: 2 }, "2 pixels of padding for a window of 2"],
    [maxPool2d, { x }, { padBottom: -1 }, "pixels of padding"],
    [maxPool2d, { x }, { dilationH: 6 }, "a window of 2 does not fit in 5 pixels"],
    [avgPool2d, { x }, { kernelW: 7 }, "a window of 7 does not fit in 6 pixels"],
    [avgPool2d, { x }, { dilationH: 2 }, "no dilation"],
    [upsampleNearest, { x }, { scaleH: 0.1 }, "give no picture"],
    [upsampleNearest, { x: [2, 5] }, {}, "x is [2,5]"],
    [embedding, { w: [4], indices: [3] }, {}, "w is [4]"],
    [oneHot, { indices: [3] }, {}, "undefined classes"],
  ];
  for (const [op, shapes, attrs, part] of bad) {
    try {
      op.outputs(shapes, attrs);
    } catch (error) {
      assert.ok(error instanceof InputError && error.message.includes(part), String(error));
      assert.match((error as Error).message, /^[^\n]*\.$/);
      continue;
    }
    assert.unreachable(`${op.name} takes ${JSON.stringify(shapes)} with ${JSON.stringify(attrs)}`);
  }
  assert.throws(
    () => layerNorm.sizes({ x: [2, 4], w: [4], bias: [4], y: [2, 4] }, { eps: 0 }),
    (e: unknown) => e instanceof InputError && /eps is 0/.test(e.message),
  );
});

test("the largest of nothing but the lowest float is the first of them", async () => {
  const graph = new Graph(new Parameters());
  const { y, indices } = graph.apply(maxPool2d, { x: graph.input("x", [1, 4, 4, 1]) });
  for (const tensor of [y, indices]) graph.keep(tensor as Tensor);
  const program = new Program(device, new Plan(graph, device));
  const lowest = -3.4028234663852886e38;
  program.write("x", new Float32Array(16).fill(lowest));
  program.run([{}]);
  assert.equal([...(await program.read((indices as Tensor).name))], [0, 2, 8, 10]);
  assert.equal([...(await program.read((y as Tensor).name))], Array(4).fill(lowest));
  program.dispose();
});

interface Run {
  readonly dispatches: number;
  readonly y: Float32Array;
  readonly running: readonly Float32Array[];
}

/** A norm and an activation on two steps, joined or apart; `rows` of the second step count. */
async function run(op: Op, kind: number, joined: boolean, rows = 6): Promise<Run> {
  const graph = new Graph(new Parameters());
  const random = new RandomStream(11, streams.test);
  const shape = [6, 5, 3, 12];
  const inputs = Object.fromEntries(
    op.inputs.map((name) => [name, graph.input(name, name === "x" ? shape : [12])]),
  ) as Record<string, Tensor>;
  const { y } = graph.apply(op, inputs, op === groupNorm ? { groups: 4 } : {});
  const out = graph.keep(graph.apply(activation, { x: y as Tensor }, { kind }).y as Tensor);
  if (joined) fuse(graph);
  const plan = new Plan(graph, device);
  const program = new Program(device, plan);
  for (const [name, { shape: of }] of Object.entries(inputs))
    program.write(
      name,
      Float32Array.from({ length: elements(of) }, () => random.normal() + (/var/i.test(name) ? 5 : 0.5)),
    );
  program.run([{ rows: 6 }, { rows }]);
  const result = {
    dispatches: plan.dispatches.length,
    y: new Float32Array(await program.read(out.name)),
    running: await Promise.all(
      op.inputs.filter((name) => name.startsWith("running")).map(async (n) => new Float32Array(await program.read(n))),
    ),
  };
  program.dispose();
  return result;
}

test("an activation in the epilogue gives the same bits as one that follows", async () => {
  for (const op of [batchNorm, batchNormEval, groupNorm])
    for (const kind of [activations.relu, activations["leaky-relu"], activations.tanh]) {
      const [apart, joined] = [await run(op, kind, false), await run(op, kind, true)];
      assert.is(joined.dispatches, apart.dispatches - 1, `${op.name} is not fused`);
      assert.equal(joined.y, apart.y, `${op.name} kind ${kind}`);
      assert.ok(joined.y.some((v) => v !== 0));
    }
});

test("running statistics go on from step to step, and only rows that count have a part in them", async () => {
  const [whole, part] = [await run(batchNorm, activations.relu, true), await run(batchNorm, activations.relu, true, 4)];
  assert.is(whole.running.length, 2);
  for (const i of [0, 1]) {
    assert.ok(whole.running[i].every(Number.isFinite));
    assert.ok(whole.running[i].every((v, c) => v !== part.running[i][c]));
  }
});

test.run();
