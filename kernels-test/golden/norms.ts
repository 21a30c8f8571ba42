import { batchNorm, batchNormEval } from "../../src/ops/batch-norm.js";
import { groupNorm, layerNorm } from "../../src/ops/group-norm.js";
import type { Attrs, Op } from "../../src/ops/op.js";
import type { Family, GoldenTensor, Runner } from "./contract.js";
import { permuted } from "./conv2d.js";
import { evaluate } from "./evaluate.js";

/** Channels last: [0, 2, ..., 1], and back. */
const last = (rank: number): number[] => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
const second = (rank: number): number[] => [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];

/** `vectors`: our input to PyTorch's name; `rewritten`: PyTorch's name to our input that is rewritten in place. */
const runner =
  (
    op: Op,
    attrs: Attrs,
    vectors: Readonly<Record<string, string>>,
    { channelsLast = false, rewritten = {} as Readonly<Record<string, string>> } = {},
  ): Runner =>
  async (device, item) => {
    const order = channelsLast ? (rank: number) => [...Array(rank).keys()] : last;
    const turned = (name: string): GoldenTensor => {
      const { data, shape } = item.input(name);
      return permuted(data, shape, order(shape.length));
    };
    const x = turned("x");
    const got = await evaluate(device, {
      given: { x, ...Object.fromEntries(Object.entries(vectors).map(([ours, theirs]) => [ours, item.input(theirs)])) },
      build: (graph, inputs) => ({
        y: graph.apply(op, inputs, attrs).y,
        ...Object.fromEntries(Object.entries(rewritten).map(([theirs, ours]) => [theirs, inputs[ours]])),
      }),
      upstream: { y: turned("dy") },
      wants: ["x", "w", "bias"],
      step: { rows: x.shape[0] },
    });
    const { dbias, ...rest } = got;
    const back = (values: ArrayLike<number>): ArrayLike<number> =>
      channelsLast ? values : permuted(values, x.shape, second(x.shape.length)).data;
    return { ...rest, db: dbias, y: back(got.y), dx: back(got.dx) };
  };

const affine = { w: "w", bias: "b" };

export const normsFamily: Family = {
  name: "norms",
  runner: (op, { train, momentum, eps, groups, axes }) => {
    const attrs = { eps: Number(eps) };
    if (op === "batch_norm" && train)
      return runner(
        batchNorm,
        { ...attrs, momentum: Number(momentum) },
        { ...affine, runningMean: "running_mean", runningVar: "running_var" },
        { rewritten: { new_running_mean: "runningMean", new_running_var: "runningVar" } },
      );
    if (op === "batch_norm")
      return runner(batchNormEval, attrs, { ...affine, mean: "running_mean", variance: "running_var" });
    if (op === "group_norm") return runner(groupNorm, { ...attrs, groups: Number(groups) }, affine);
    const overLast = Array.isArray(axes) && axes.length === 1 && axes[0] === -1;
    return op === "layer_norm" && overLast ? runner(layerNorm, attrs, affine, { channelsLast: true }) : undefined;
  },
};
