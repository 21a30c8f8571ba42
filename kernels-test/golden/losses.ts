import type { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { bce } from "../../src/ops/bce.js";
import { bceLogits } from "../../src/ops/bce-logits.js";
import { gaussianNll } from "../../src/ops/gaussian-nll.js";
import { l1 } from "../../src/ops/l1.js";
import { mse } from "../../src/ops/mse.js";
import type { Attrs, Op } from "../../src/ops/op.js";
import { reduce } from "../../src/ops/reduce.js";
import { scale } from "../../src/ops/scale.js";
import { smoothL1 } from "../../src/ops/smooth-l1.js";
import type { Family, GoldenCase, GoldenTensor, Runner } from "./contract.js";
import { evaluate } from "./evaluate.js";

/** A loss a row [B] to PyTorch's scalar: the sum, or the mean over `count` elements. */
export function reduced(graph: Graph, loss: Tensor, reduction: unknown, count: number): Tensor {
  const { y } = graph.apply(reduce, { x: loss });
  return reduction === "mean" ? graph.apply(scale, { x: y }, { factor: 1 / count }).y : y;
}

/** `none` is a loss of rows of one element. */
const rowed = (item: GoldenCase, { shape, data }: GoldenTensor): GoldenTensor =>
  item.params.reduction === "none" ? { shape: [data.length, 1], data } : { shape, data };

interface Spelling {
  readonly op: Op;
  /** Golden's names of the op's inputs. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly attrs?: (item: GoldenCase) => Attrs;
}

const runnerOf =
  ({ op, inputs, attrs }: Spelling): Runner =>
  async (device, item) => {
    const dy = item.input("dy");
    const names = Object.entries(inputs);
    const given = Object.fromEntries(names.map(([ours, theirs]) => [ours, rowed(item, item.input(theirs))]));
    const wants = names.filter(([, theirs]) => item.has(`d${theirs}`)).map(([ours]) => ours);
    const none = item.params.reduction === "none";
    const got = await evaluate(device, {
      given,
      build: (graph, tensors) => {
        const { loss } = graph.apply(op, tensors, attrs?.(item));
        return { y: none ? loss : reduced(graph, loss, item.params.reduction, given.x.data.length) };
      },
      upstream: { y: none ? { shape: [dy.data.length], data: dy.data } : dy },
      wants,
    });
    return Object.fromEntries([["y", got.y], ...wants.map((name) => [`d${inputs[name]}`, got[`d${name}`]] as const)]);
  };

const pair = { x: "x", t: "t" };
const runners: Readonly<Record<string, Runner>> = {
  bce_with_logits: runnerOf({ op: bceLogits, inputs: pair }),
  bce: runnerOf({ op: bce, inputs: pair }),
  mse: runnerOf({ op: mse, inputs: pair }),
  l1_loss: runnerOf({ op: l1, inputs: pair }),
  smooth_l1: runnerOf({ op: smoothL1, inputs: pair, attrs: (item) => ({ beta: item.number("beta") }) }),
  gaussian_nll: runnerOf({ op: gaussianNll, inputs: { x: "x", logVar: "logvar", t: "t" } }),
};

export const lossesFamily: Family = { name: "losses", runner: (op) => runners[op] };
