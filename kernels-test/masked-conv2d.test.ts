import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { differentiate } from "../src/graph/differentiate.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import type { Tensor } from "../src/graph/tensor.js";
import type { MaskKind } from "../src/layers/masked-conv2d.js";
import { maskedConv2d } from "../src/layers/masked-conv2d.js";
import { conv2d } from "../src/ops/conv2d.js";
import { elements } from "../src/ops/op.js";
import { RandomStream, streams } from "../src/random/philox.js";

const device = await Device.open();
const test = suite("masked convolution");

const X = [2, 7, 6, 8] as const;
const O = 12;
interface Case {
  readonly mask: MaskKind;
  readonly kernel: readonly [number, number];
  /** Taps seen, in the order of a page. */
  readonly taps: number;
  readonly dilation?: readonly [number, number];
  readonly groups?: number;
}
const cases: readonly Case[] = [
  { mask: "A", kernel: [3, 3], taps: 4 },
  { mask: "B", kernel: [3, 5], taps: 8, dilation: [2, 1] },
  { mask: "B", kernel: [5, 3], taps: 8, groups: 2 },
  { mask: "A", kernel: [3, 1], taps: 1 },
  { mask: "B", kernel: [3, 1], taps: 2 },
  { mask: "B", kernel: [1, 1], taps: 1 },
  { mask: "vertical", kernel: [5, 3], taps: 9, dilation: [1, 2] },
  { mask: "horizontalA", kernel: [1, 7], taps: 3 },
  { mask: "horizontalB", kernel: [1, 3], taps: 2 },
];

/** y and the gradients of x, w and bias; and how many taps the convolutions go through. */
async function run({ mask, kernel, taps, dilation = [1, 1], groups = 1 }: Case, masked: boolean) {
  const graph = new Graph(new Parameters());
  const random = new RandomStream(23, streams.test);
  const [KH, KW] = kernel;
  const I = X[3] / groups;
  const x = graph.input("x", X);
  const w = graph.input("w", [KH, KW, I, O]);
  const bias = graph.input("bias", [O]);
  const dy = graph.input("dy~up", [X[0], X[1], X[2], O]);
  const [top, left] = [(dilation[0] * (KH - 1)) / 2, (dilation[1] * (KW - 1)) / 2];
  const attrs = { padTop: top, padBottom: top, padLeft: left, padRight: left, groups };
  const y = masked
    ? maskedConv2d(graph, { x, w, bias }, { mask, dilation, groups })
    : (graph.apply(conv2d, { x, w, bias }, { ...attrs, dilationH: dilation[0], dilationW: dilation[1] }).y as Tensor);
  const gradients = differentiate(graph, new Map([[y, dy]]), [x, w, bias]);
  for (const tensor of [y, ...gradients]) graph.keep(tensor);
  const program = new Program(device, new Plan(graph, device));
  for (const { name, shape } of [x, w, bias, dy]) {
    const values = Float32Array.from({ length: elements(shape) }, () => random.below(9) - 4);
    if (name === "w") values.fill(0, taps * I * O);
    program.write(name, values);
  }
  program.run([{ rows: X[0] }]);
  const [out, ...rest] = await Promise.all(
    [y, ...gradients].map(async ({ name }) => new Float32Array(await program.read(name))),
  );
  program.dispose();
  const forward = graph.nodes.filter((node) => node.op === conv2d);
  const through = forward.reduce((n, { tensors }) => n + elements((tensors.w as Tensor).shape.slice(0, 2)), 0);
  return { y: out, gradients: rest, through, seen: taps * I * O };
}

for (const item of cases)
  test(`${item.mask} ${item.kernel.join("x")}: as a convolution by weights that are 0 where it hides, for the taps seen alone`, async () => {
    const [got, want] = [await run(item, true), await run(item, false)];
    // Small integers: sums are exact in any order.
    assert.equal(got.y, want.y);
    assert.equal(got.gradients[0], want.gradients[0]);
    assert.equal(got.gradients[2], want.gradients[2]);
    const { seen } = want;
    assert.equal(got.gradients[1].slice(0, seen), want.gradients[1].slice(0, seen));
    assert.ok(got.gradients[1].slice(seen).every((v) => v === 0));
    assert.is(got.through, item.taps);
  });

test("refuses kernels that a mask does not go with", () => {
  const refused = (mask: MaskKind, sides: readonly number[], part: RegExp): void => {
    const graph = new Graph(new Parameters());
    const [x, w] = [graph.input("x", X), graph.input("w", [...sides, 8, 4])];
    assert.throws(
      () => maskedConv2d(graph, { x, w }, { mask }),
      (e: unknown) => e instanceof InputError && part.test(e.message),
    );
  };
  refused("A", [2, 3], /odd sides/);
  refused("B", [3], /odd sides/);
  refused("horizontalB", [3, 3], /one row/);
  refused("A", [1, 1], /hides all/);
});

test.run();
