import type { Node } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { activations, defaultSlope } from "../ops/activation.js";
import { geometry } from "../ops/conv2d.js";
import { fsqOffsets } from "../ops/fsq.js";
import { epsOf } from "../ops/norm.js";
import type { Attrs } from "../ops/op.js";
import type { OnnxBuilder } from "./onnx-builder.js";

/** Appends what a node computes. @returns the names of its outputs that a graph may go on with */
export type Rule = (b: OnnxBuilder, node: Node) => Readonly<Record<string, string>>;

const input = ({ tensors }: Node, name: string): Tensor => tensors[name] as Tensor;

/** A node type of two inputs, by our names. */
const binary =
  (type: string): Rule =>
  (b, node) => ({ y: b.node(type, [b.value(input(node, "a")), b.value(input(node, "b"))]) });

/** The last axis of a tensor. */
const width = (tensor: Tensor): number => tensor.shape.at(-1) as number;

function activationOf(b: OnnxBuilder, x: string, kind: number, slope: number): string {
  const half = (): string => b.node("Mul", [x, b.floats(0.5)]);
  switch (kind) {
    case activations.none:
      return x;
    case activations.relu:
      return b.node("Relu", [x]);
    case activations["leaky-relu"]:
      return b.node("LeakyRelu", [x], { alpha: { float: slope } });
    case activations.elu:
      return b.node("Elu", [x], { alpha: { float: slope } });
    case activations.sigmoid:
      return b.node("Sigmoid", [x]);
    case activations.tanh:
      return b.node("Tanh", [x]);
    case activations.silu:
      return b.node("Mul", [x, b.node("Sigmoid", [x])]);
    case activations.softplus:
      return b.node("Softplus", [x]);
    case activations.gelu: {
      const erf = b.node("Erf", [b.node("Mul", [x, b.floats(Math.SQRT1_2)])]);
      return b.node("Mul", [half(), b.node("Add", [erf, b.floats(1)])]);
    }
    case activations["gelu-tanh"]: {
      const cube = b.node("Mul", [b.node("Mul", [x, x]), x]);
      const inner = b.node("Add", [x, b.node("Mul", [cube, b.floats(0.044715)])]);
      const tanh = b.node("Tanh", [b.node("Mul", [inner, b.floats(Math.sqrt(2 / Math.PI))])]);
      return b.node("Mul", [half(), b.node("Add", [tanh, b.floats(1)])]);
    }
    default:
      return b.node("Exp", [x]);
  }
}

/** ONNX convolves channels first. */
const toChannelsFirst = (b: OnnxBuilder, x: string): string => b.node("Transpose", [x], { perm: [0, 3, 1, 2] });
const toChannelsLast = (b: OnnxBuilder, x: string): string => b.node("Transpose", [x], { perm: [0, 2, 3, 1] });

/** Weights [KH, KW, I/groups, O] as ONNX keeps those of both convolutions: [O, I/groups, KH, KW]. */
const convWeights = (b: OnnxBuilder, node: Node): string[] => {
  const { w, bias } = node.tensors;
  return [b.transposed(w as Tensor, [3, 2, 0, 1]), ...(bias ? [b.value(bias)] : [])];
};

const convAttributes = (w: Tensor, { stride, dilation, groups }: ReturnType<typeof geometry>) => ({
  strides: stride,
  dilations: dilation,
  group: groups,
  kernel_shape: w.shape.slice(0, 2),
});

const conv: Rule = (b, node) => {
  const g = geometry("conv2d", node.attrs);
  const pads = [...g.before, ...g.after];
  let x = toChannelsFirst(b, b.value(input(node, "x")));
  const cuts = pads.some((pad) => pad < 0); // a convolution cannot, Pad can
  if (cuts) x = b.node("Pad", [x, b.whole([0, 0, ...g.before, 0, 0, ...g.after])]);
  const attributes = { ...convAttributes(input(node, "w"), g), pads: cuts ? [0, 0, 0, 0] : pads };
  return { y: toChannelsLast(b, b.node("Conv", [x, ...convWeights(b, node)], attributes)) };
};

const convTranspose: Rule = (b, node) => {
  const g = geometry("conv-transpose2d", node.attrs);
  const x = toChannelsFirst(b, b.value(input(node, "x")));
  const attributes = {
    ...convAttributes(input(node, "w"), g),
    pads: [...g.before, ...g.after],
    output_padding: g.outputPad,
  };
  return { y: toChannelsLast(b, b.node("ConvTranspose", [x, ...convWeights(b, node)], attributes)) };
};

/** x times a weight and more a bias, both a number a channel. */
const affine = (b: OnnxBuilder, node: Node, x: string): string =>
  b.node("Add", [b.node("Mul", [x, b.value(input(node, "w"))]), b.value(input(node, "bias"))]);

const batchNorm: Rule = (b, node) => {
  const [mean, variance] = [b.value(input(node, "mean")), b.value(input(node, "variance"))];
  const spread = b.node("Sqrt", [b.node("Add", [variance, b.floats(epsOf("batch-norm", node.attrs))])]);
  const normal = b.node("Div", [b.node("Sub", [b.value(input(node, "x")), mean]), spread]);
  return { y: affine(b, node, normal) };
};

const groupNorm: Rule = (b, node) => {
  const x = input(node, "x");
  const [groups, C] = [Number(node.attrs.groups ?? 1), width(x)];
  const sides = x.shape.slice(1, -1);
  const rank = x.shape.length;
  const axes = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  const first = b.node("Transpose", [b.value(x)], { perm: [0, rank - 1, ...axes] });
  const grouped = b.node("Reshape", [first, b.whole([0, groups, -1])]);
  const [ones, zeros] = [1, 0].map((v) => b.floats(Array.from({ length: groups }, () => v))) as [string, string];
  const normal = b.node("InstanceNormalization", [grouped, ones, zeros], {
    epsilon: { float: epsOf("group-norm", node.attrs) },
  });
  const ungrouped = b.node("Reshape", [normal, b.whole([-1, C, ...sides])]);
  const last = b.node("Transpose", [ungrouped], { perm: [0, ...axes.map((axis) => axis + 1), 1] });
  return { y: affine(b, node, last) };
};

const layerNorm: Rule = (b, node) => {
  const inputs = ["x", "w", "bias"].map((name) => b.value(input(node, name)));
  return { y: b.node("LayerNormalization", inputs, { axis: -1, epsilon: { float: epsOf("layer-norm", node.attrs) } }) };
};

/** The lowest index of the least of |c|^2 - 2 x c, which is the nearest code. */
const nearest: Rule = (b, node) => {
  const codes = input(node, "codes");
  const table = b.value(codes);
  const products = b.node("MatMul", [b.value(input(node, "x")), b.transposed(codes, [1, 0])]);
  const squares = b.node("ReduceSum", [b.node("Mul", [table, table]), b.whole([-1])], { keepdims: 0 });
  const apart = b.node("Sub", [squares, b.node("Mul", [products, b.floats(2)])]);
  const indices = b.node("ArgMin", [apart], { axis: -1, keepdims: 0, select_last_index: 0 });
  return { indices, q: b.node("Gather", [table, indices], { axis: 0 }) };
};

/** Digits [..., D] of numbers to mixed bases, the first counting fastest, as one number. */
const joined = (b: OnnxBuilder, digits: string, bases: readonly number[]): string => {
  const sum = b.node("ReduceSum", [b.node("Mul", [digits, b.floats(bases)]), b.whole([-1])], { keepdims: 0 });
  return b.node("Cast", [sum], { to: 7 });
};

/** The way back, as floats. */
const digitsOf = (b: OnnxBuilder, indices: string, bases: readonly number[], levels: readonly number[]): string => {
  const apart = b.node("Unsqueeze", [indices, b.whole([-1])]);
  const digits = b.node("Mod", [b.node("Div", [apart, b.whole(bases)]), b.whole(levels)]);
  return b.node("Cast", [digits], { to: 1 });
};

const basesOf = (levels: readonly number[]): number[] =>
  levels.map((_, d) => levels.slice(0, d).reduce((n, level) => n * level, 1));

/** What counts levels from the middle one, in [-1, 1]. */
const centred = (b: OnnxBuilder, digits: string, levels: readonly number[]): string => {
  const halves = b.floats(levels.map((level) => Math.floor(level / 2)));
  return b.node("Div", [b.node("Sub", [digits, halves]), halves]);
};

const fsq: Rule = (b, node) => {
  const { levels, shifts, halves, offsets } = fsqOffsets(node.attrs);
  const bounded = b.node("Tanh", [b.node("Add", [b.value(input(node, "z")), b.floats(shifts)])]);
  const place = b.node("Round", [b.node("Sub", [b.node("Mul", [bounded, b.floats(halves)]), b.floats(offsets)])]);
  const raised = b.node("Add", [place, b.floats(levels.map((level) => Math.floor(level / 2)))]);
  const least = b.node("Max", [raised, b.floats(0)]);
  const digits = b.node("Min", [least, b.floats(levels.map((level) => level - 1))]);
  return { q: centred(b, digits, levels), indices: joined(b, digits, basesOf(levels)) };
};

const fsqCodes: Rule = (b, node) => {
  const { levels } = fsqOffsets(node.attrs);
  return { q: centred(b, digitsOf(b, b.value(input(node, "indices")), basesOf(levels), levels), levels) };
};

const bits = (count: number): number[] => Array.from({ length: count }, () => 2);
/** 0 and 1 to -1 and 1. */
const signed = (b: OnnxBuilder, digits: string): string =>
  b.node("Sub", [b.node("Mul", [digits, b.floats(2)]), b.floats(1)]);

const lfq: Rule = (b, node) => {
  const z = input(node, "z");
  const digits = b.node("Cast", [b.node("Greater", [b.value(z), b.floats(0)])], { to: 1 });
  return { q: signed(b, digits), indices: joined(b, digits, basesOf(bits(width(z)))) };
};

const lfqCodes: Rule = (b, node) => {
  const levels = bits(Number(node.attrs.bits));
  return { q: signed(b, digitsOf(b, b.value(input(node, "indices")), basesOf(levels), levels)) };
};

const topK: Rule = (b, node) => {
  const x = b.value(input(node, "x"));
  const [values, indices] = b.nodeOf("TopK", [x, b.whole([Number(node.attrs.k)])], { axis: -1 }, [
    `${node.label}.values`,
    `${node.label}.indices`,
  ]) as [string, string];
  const zeros = b.node("ConstantOfShape", [b.node("Shape", [x])]);
  return { y: b.node("ScatterElements", [zeros, indices, values], { axis: -1 }) };
};

const gate: Rule = (b, node) => {
  const { x, condition } = node.tensors as { x: Tensor; condition?: Tensor };
  const C = width(x) / 2;
  const ones = x.shape.slice(1, -1).map(() => 1);
  const told = condition && b.node("Reshape", [b.value(condition), b.whole([-1, ...ones, 2 * C])]);
  const all = told ? b.node("Add", [b.value(x), told]) : b.value(x);
  const half = (from: number): string => part(b, all, -1, from, from + C);
  return { y: b.node("Mul", [b.node("Tanh", [half(0)]), b.node("Sigmoid", [half(C)])]) };
};

const part = (b: OnnxBuilder, x: string, axis: number, from: number, to: number): string =>
  b.node("Slice", [x, b.whole([from]), b.whole([to]), b.whole([axis])]);

const upsample: Rule = (b, node) => {
  const x = input(node, "x");
  const [, P, Q] = input(node, "y").shape as readonly [number, number, number];
  const [, H, W] = x.shape as readonly [number, number, number];
  // Row p of y is row floor(p H / P) of x.
  const rows = b.whole(Array.from({ length: P }, (_, p) => Math.floor((p * H) / P)));
  const columns = b.whole(Array.from({ length: Q }, (_, q) => Math.floor((q * W) / Q)));
  return { y: b.node("Gather", [b.node("Gather", [b.value(x), rows], { axis: 1 }), columns], { axis: 2 }) };
};

const reshape: Rule = (b, node) => {
  const { shape } = input(node, "y");
  return { y: b.node("Reshape", [b.value(input(node, "x")), b.whole([-1, ...shape.slice(1)])]) };
};

const linear: Rule = (b, node) => {
  const { x, w, bias } = node.tensors as { x: Tensor; w: Tensor; bias?: Tensor };
  const product = b.node("MatMul", [b.value(x), b.value(w)]);
  return { y: bias ? b.node("Add", [product, b.value(bias)]) : product };
};

const axisOf = ({ axis = -1 }: Attrs): number => Number(axis);

/** How each op is written in ONNX, by its name. */
export const rules: Readonly<Record<string, Rule>> = {
  linear,
  activation: (b, node) => {
    const kind = Number(node.attrs.kind);
    const slope = Number(node.attrs.slope ?? defaultSlope(kind));
    return { y: activationOf(b, b.value(input(node, "x")), kind, slope) };
  },
  reshape,
  conv2d: conv,
  "conv-transpose2d": convTranspose,
  "batch-norm-eval": batchNorm,
  "group-norm": groupNorm,
  "layer-norm": layerNorm,
  add: binary("Add"),
  mul: binary("Mul"),
  concat: (b, node) => ({
    y: b.node("Concat", [b.value(input(node, "a")), b.value(input(node, "b"))], { axis: axisOf(node.attrs) }),
  }),
  slice: (b, node) => {
    const { axis, from, to } = node.attrs;
    return { y: part(b, b.value(input(node, "x")), Number(axis), Number(from), Number(to)) };
  },
  detach: (b, node) => ({
    y: b.node("Mul", [b.value(input(node, "x")), b.floats(Number(node.attrs.factor ?? 1))]),
  }),
  "one-hot": (b, node) => {
    const [depth, values] = [b.whole(Number(node.attrs.classes)), b.floats([0, 1])];
    return { y: b.node("OneHot", [b.value(input(node, "indices")), depth, values], { axis: -1 }) };
  },
  normalize: (b, node) => {
    const x = b.value(input(node, "x"));
    const length = b.node("ReduceL2", [x], { axes: [-1], keepdims: 1 });
    return { y: b.node("Div", [x, b.node("Max", [length, b.floats(1e-12)])]) };
  },
  "vector-quantize": nearest,
  embedding: (b, node) => ({
    y: b.node("Gather", [b.value(input(node, "w")), b.value(input(node, "indices"))], { axis: 0 }),
  }),
  fsq,
  "fsq-codes": fsqCodes,
  lfq,
  "lfq-codes": lfqCodes,
  "top-k": topK,
  gate,
  "upsample-nearest": upsample,
};
