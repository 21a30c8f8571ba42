import type { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { add } from "../../src/ops/add.js";
import { codeEma } from "../../src/ops/code-ema.js";
import { codeSums } from "../../src/ops/code-sums.js";
import { perplexity } from "../../src/ops/code-usage.js";
import { embedding } from "../../src/ops/embedding.js";
import { mse } from "../../src/ops/mse.js";
import { mul } from "../../src/ops/mul.js";
import type { Attrs, Op } from "../../src/ops/op.js";
import { elements } from "../../src/ops/op.js";
import { reduce } from "../../src/ops/reduce.js";
import { reshape, reshapeTo } from "../../src/ops/reshape.js";
import { scale } from "../../src/ops/scale.js";
import { vectorQuantize } from "../../src/ops/vector-quantize.js";
import type { Family, GoldenCase, GoldenTensor, Runner } from "./contract.js";
import { fromChannelsLast, permuted, toChannelsLast } from "./conv2d.js";
import { evaluate } from "./evaluate.js";

type Tensors = Readonly<Record<string, Tensor>>;

const last = ({ data, shape }: GoldenTensor): GoldenTensor =>
  shape.length === 4 ? permuted(data, shape, toChannelsLast) : { data, shape };

const counting = (length: number, of: (i: number) => number): GoldenTensor => ({
  shape: [length],
  data: Int32Array.from({ length }, (_, i) => of(i)),
});

/** All pairs of N rows and K codes, for the distances that the search itself never holds. */
const pairs = (N: number, K: number): Readonly<Record<string, GoldenTensor>> => ({
  rows: counting(N * K, (i) => Math.floor(i / K)),
  others: counting(N * K, (i) => i % K),
});

function distances(graph: Graph, { z, e, rows, others }: Tensors): Tensor {
  const D = e.shape[1];
  const flat = graph.apply(reshape, { x: z }, reshapeTo([elements(z.shape) / D, D])).y;
  const [x, t] = [
    [flat, rows],
    [e, others],
  ].map(([w, indices]) => graph.apply(embedding, { w, indices }).y);
  return graph.apply(mse, { x, t }).loss;
}

const given = (item: GoldenCase): Readonly<Record<string, GoldenTensor>> => {
  const [z, e] = [last(item.input("z")), item.input("e")];
  return { z, e, ...pairs(z.data.length / e.shape[1], e.shape[0]) };
};

const search: Runner = async (device, item) => {
  const inputs = given(item);
  const up = last(item.input("up"));
  const one = (graph: Graph, op: Op, x: Tensor, attrs?: Attrs): Tensor => graph.apply(op, { x }, attrs).y;
  const got = await evaluate(device, {
    given: { ...inputs, up },
    build: (graph, tensors) => {
      const { z, e } = tensors;
      const { q, indices, commit, codebook } = graph.apply(vectorQuantize, { x: z, codes: e });
      const mean = { factor: 1 / inputs.z.data.length };
      const mse_e = one(graph, scale, one(graph, reduce, codebook), mean);
      const mse_z = one(graph, scale, one(graph, reduce, commit), mean);
      const straight = one(graph, reduce, graph.apply(mul, { a: q, b: tensors.up }).y);
      const weighed = [
        straight,
        one(graph, scale, mse_e, { factor: item.number("a") }),
        one(graph, scale, mse_z, { factor: item.number("beta") }),
      ];
      const total = weighed.reduce((a, b) => graph.apply(add, { a, b }).y);
      return { y: q, q, idx: indices, dist: distances(graph, tensors), mse_e, mse_z, total };
    },
    upstream: { total: item.input("dtotal") },
    wants: ["z", "e"],
  });
  const first = (values: ArrayLike<number>): ArrayLike<number> =>
    permuted(values, inputs.z.shape, fromChannelsLast).data;
  return { ...got, y: first(got.y), q: first(got.q), dz: first(got.dz) };
};

const ties: Runner = (device, item) =>
  evaluate(device, {
    given: given(item),
    build: (graph, tensors) => ({
      idx: graph.apply(vectorQuantize, { x: tensors.z, codes: tensors.e }).indices,
      dist: distances(graph, tensors),
    }),
  });

const ema: Runner = (device, item) => {
  const { z, e } = given(item);
  const attrs = { decay: item.number("decay"), eps: item.number("eps"), hold: false };
  return evaluate(device, {
    given: { z, e, n: item.input("n"), m: item.input("m") },
    build: (graph, { z: x, e: codes, n, m }) => {
      const { indices } = graph.apply(vectorQuantize, { x, codes });
      const { counts, sums } = graph.apply(codeSums, { x, indices }, { codes: e.shape[0] });
      graph.apply(codeEma, { counts, sums, n, m, codes }, attrs);
      const spread = graph.apply(perplexity, { counts }).y;
      return { idx: indices, count: counts, sum: sums, n1: n, m1: m, e1: codes, perplexity: spread };
    },
    step: { rows: z.shape[0] },
  });
};

const runners: Readonly<Record<string, Runner>> = { vq: search, vq_ema: ema, vq_ties: ties };

export const vqFamily: Family = { name: "vq", runner: (op) => runners[op] };
