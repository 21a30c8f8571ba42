import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import type { Profile } from "../src/gpu/profile.js";
import { Program } from "../src/gpu/program.js";
import { differentiate } from "../src/graph/differentiate.js";
import { fuse } from "../src/graph/fuse.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import { activation, activations } from "../src/ops/activation.js";
import { convTranspose2d } from "../src/ops/conv-transpose2d.js";
import { conv2d, samePadding } from "../src/ops/conv2d.js";
import { linear } from "../src/ops/linear.js";
import type { Attrs, Op, Shape, Shapes } from "../src/ops/op.js";
import { vectorQuantize } from "../src/ops/vector-quantize.js";
import { RandomStream, streams } from "../src/random/philox.js";

const device = await Device.open();
const test = suite("convolutions");

test("shapes and settings that do not fit are refused in one sentence", () => {
  const [x, w] = [
    [2, 5, 6, 4],
    [3, 3, 4, 8],
  ] as const;
  const back = [3, 3, 8, 4];
  const bad: [Op, Shapes, Attrs, string][] = [
    [conv2d, { x: [2, 5, 6], w }, {}, "x is [2,5,6]"],
    [conv2d, { x, w: [4, 8] }, {}, "w is [4,8]"],
    [conv2d, { x, w: [3, 3, 5, 8] }, {}, "x has 4 channels and w takes 5"],
    [conv2d, { x, w, bias: [4] }, {}, "4 values for 8 output channels"],
    [conv2d, { x, w: [3, 3, 1, 8] }, { groups: 3 }, "3 groups do not divide 4 channels into 8"],
    [conv2d, { x, w }, { dilationH: 3 }, "7 wide does not fit in 5 pixels"],
    [conv2d, { x, w }, { strideW: 0 }, "strideW is 0"],
    [conv2d, { x, w }, { padTop: -1 }, "padTop is -1"],
    [conv2d, { x, w }, { padLeft: 0.5 }, "padLeft is 0.5"],
    [convTranspose2d, { x, w }, {}, "x has 4 channels and w takes 8"],
    [convTranspose2d, { x, w: back, bias: [4] }, {}, "4 values for 8 output channels"],
    [convTranspose2d, { x, w: back }, { strideH: 2, outputPadH: 2 }, "output padding 2 must be less"],
    [convTranspose2d, { x: [1, 1, 1, 4], w: back }, { padTop: 2, padBottom: 1 }, "cuts 3 of 3 pixels"],
    [vectorQuantize, { x: [2, 3], codes: [4, 5] }, {}, "x has 3 features and the codes 5"],
    [vectorQuantize, { x: [2, 3, 5], codes: [4, 5] }, {}, "x is [2,3,5]"],
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
});

test("SAME padding gives ceil(size / stride) pixels, the odd zero after, and a transposed convolution takes it back", () => {
  assert.equal(samePadding(28, 3), [1, 1]);
  assert.equal(samePadding(28, 3, 2), [0, 1]);
  assert.equal(samePadding(7, 3, 2), [1, 1]);
  assert.equal(samePadding(5, 1, 3), [0, 0]);
  for (const [size, side, stride, dilation] of [
    [28, 3, 2, 1],
    [13, 4, 3, 1],
    [9, 5, 1, 2],
    [10, 2, 3, 2],
    [1, 3, 2, 1],
  ]) {
    const [before, after] = samePadding(size, side, stride, dilation);
    const attrs: Attrs = { strideH: stride, dilationH: dilation, padTop: before, padBottom: after };
    const { y } = conv2d.outputs({ x: [1, size, 1, 2], w: [side, 1, 2, 3] }, attrs);
    assert.is((y as Shape)[1], Math.ceil(size / stride));
  }
  const attrs: Attrs = { strideH: 2, strideW: 2, padBottom: 1, padRight: 1 };
  const { y } = convTranspose2d.outputs({ x: [1, 7, 14, 3], w: [3, 3, 2, 3] }, attrs);
  assert.equal(y, [1, 14, 28, 2]);
});

/** This device's profile with another family; `wide` are the larger tiles, for small grids too. */
const profileFor = (family: "plain" | "sgb" | "tiled" | "wide"): Profile =>
  family === "wide"
    ? { ...device.profile, matmul: "tiled", wideTiles: true, workgroupTarget: 1 }
    : { ...device.profile, matmul: family, wideTiles: false };

/** Output and gradients of op, then activation, with and without fuse(); and how many dispatches it took. */
async function run(op: Op, wShape: Shape, kind: number, family: "plain" | "sgb" | "tiled" | "wide", fused: boolean) {
  const graph = new Graph(new Parameters());
  const random = new RandomStream(11, streams.test);
  const attrs: Attrs = { strideH: 2, strideW: 2, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 };
  const [, , inner, outer] = wShape as [number, number, number, number];
  const [from, to] = op === conv2d ? [inner, outer] : [outer, inner];
  const inputs = {
    x: graph.input("x", [2, 5, 4, from]),
    w: graph.input("w", wShape),
    bias: graph.input("bias", [to]),
  };
  const { y } = graph.apply(op, inputs, attrs, "conv");
  const out = graph.apply(activation, { x: y }, { kind, slope: 0.3 }, "after").y;
  const dy = graph.input("dy", out.shape);
  const gradients = differentiate(graph, new Map([[out, dy]]), Object.values(inputs));
  for (const tensor of [out, ...gradients]) graph.keep(tensor);
  if (fused) fuse(graph);
  const plan = new Plan(graph, { profile: profileFor(family), limits: device.limits });
  const program = new Program(device, plan);
  for (const { name, shape } of [...Object.values(inputs), dy])
    program.write(
      name,
      Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
    );
  program.run([{}]);
  const results = await Promise.all([out, ...gradients].map(({ name }) => program.read(name)));
  program.dispose();
  return { results, dispatches: plan.dispatches.length, kernel: plan.dispatches[0].kernel.name };
}

test("an activation in the epilogue gives the same bits as one that follows, in every variant", async () => {
  const seen = new Set<string>();
  const broadcast = device.profile.subgroupSize > 0;
  const families = ["plain", "tiled", "wide", ...(broadcast ? (["sgb"] as const) : [])] as const;
  for (const op of [conv2d, convTranspose2d])
    for (const w of [
      [3, 2, 8, 12],
      [3, 2, 3, 12],
      [3, 2, 3, 5],
    ])
      for (const family of families)
        for (const kind of [activations.relu, activations["leaky-relu"], activations.tanh]) {
          const apart = await run(op, w, kind, family, false);
          const joined = await run(op, w, kind, family, true);
          assert.is(joined.dispatches, apart.dispatches - 1, `${op.name} is not fused`);
          assert.equal(joined.results, apart.results, `${joined.kernel} kind ${kind}`);
          assert.ok(joined.results.every((values) => values.some((v) => v !== 0)));
          seen.add(joined.kernel);
        }
  const written = broadcast ? [`.sgb${device.profile.subgroupSize}`] : [];
  for (const kernel of ["forward", "grad-x"])
    for (const variant of ["", ".quad", ".tiled", ".wide", ...written])
      assert.ok(seen.has(`conv2d/${kernel}${variant}`), `${kernel}${variant} did not run`);
  assert.is(seen.has("conv2d/forward.sgb"), broadcast);
});

test("f16 tiles are taken only where asked for, and hold the largest f16 for what is beyond it", async () => {
  assert.is(device.profile.storage, process.env.LATENTGPU_KERNELS === "f16" ? "f16" : "f32");
  if (!device.profile.hasF16) return;
  for (const [op, x, w] of [
    [linear, [3, 4], [4, 8]],
    [conv2d, [1, 1, 3, 4], [1, 1, 4, 8]],
  ] as const) {
    const graph = new Graph(new Parameters());
    const inputs = { x: graph.input("x", x), w: graph.input("w", w) };
    const y = graph.keep(graph.apply(op, inputs).y);
    const profile: Profile = { ...device.profile, matmul: "tiled", storage: "f16" };
    const plan = new Plan(graph, { profile, limits: device.limits });
    assert.is(plan.dispatches[0].kernel.name, `${op.name}/forward.f16`);
    const program = new Program(device, plan);
    program.write("x", new Float32Array(12).fill(3e38));
    program.write("w", new Float32Array(32).fill(-2));
    program.run([{}]);
    assert.equal([...(await program.read(y.name))], new Array(24).fill(4 * -2 * 65504));
    program.dispose();
  }
});

test("the nearest code of the largest and smallest floats is a code, and finite", async () => {
  const edges = [0, -0, 1e-40, 88.9, -104, 3.4028234663852886e38, -3.4028234663852886e38, 1e20];
  const families = device.profile.subgroupSize > 0 ? (["plain", "sgb"] as const) : (["plain"] as const);
  for (const matmul of families) {
    const graph = new Graph(new Parameters());
    const [x, codes] = [graph.input("x", [18, 4]), graph.input("codes", [34, 4])];
    const { q, indices } = graph.apply(vectorQuantize, { x, codes });
    for (const tensor of [q, indices]) graph.keep(tensor);
    const program = new Program(
      device,
      new Plan(graph, { profile: { ...device.profile, matmul }, limits: device.limits }),
    );
    const book = Float32Array.from({ length: 34 * 4 }, (_, i) => edges[(i * 5 + (i >> 3)) % 8]);
    program.write("codes", book);
    program.write(
      "x",
      Float32Array.from({ length: 18 * 4 }, (_, i) => edges[(i * 3 + (i >> 2)) % 8]),
    );
    program.run([{}]);
    const [got, at] = await Promise.all([program.read(q.name), program.read(indices.name)]);
    program.dispose();
    for (const [n, k] of [...at].entries()) {
      assert.ok(k < 34, `row ${n} has code ${k}`);
      // Adapters may flush 1e-40 on the way.
      for (let d = 0; d < 4; d++) assert.ok(Math.abs(got[4 * n + d] - book[4 * k + d]) < 1e-38, `row ${n}`);
    }
  }
});

test.run();
