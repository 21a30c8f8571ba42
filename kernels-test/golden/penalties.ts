import { Dense } from "../../src/layers/dense.js";
import { jacobianNorm } from "../../src/layers/jacobian.js";
import { l1 } from "../../src/ops/l1.js";
import { reduce } from "../../src/ops/reduce.js";
import { sparseKl } from "../../src/ops/sparse-kl.js";
import type { Family, Runner } from "./contract.js";
import { evaluate, transpose } from "./evaluate.js";

const sparse: Runner = (device, item) => {
  const h = item.input("h");
  return evaluate(device, {
    given: { h },
    build: (graph, tensors) => {
      const { loss, mean } = graph.apply(sparseKl, tensors, { rho: item.number("rho") });
      return { p: mean, y: graph.apply(reduce, { x: loss }, { mean: true }).y };
    },
    upstream: { y: item.input("dy") },
    wants: ["h"],
    step: { rows: h.shape[0] },
  });
};

const activity: Runner = (device, item) =>
  evaluate(device, {
    given: { h: item.input("h") },
    build: (graph, { h }) => {
      const zeros = graph.tensor("zeros", h.shape, "f32", "zeros");
      return { y: graph.apply(reduce, { x: graph.apply(l1, { x: h, t: zeros }).loss }).y };
    },
    upstream: { y: item.input("dy") },
    wants: ["h"],
  });

const contractive: Runner = async (device, item) => {
  const [x, w, bias] = ["x", "w", "b"].map((name) => item.input(name));
  const [O, I] = w.shape;
  const got = await evaluate(device, {
    given: { x, w: { shape: [I, O], data: transpose(w.data, O) }, bias },
    build: (graph, tensors) => {
      const layer = Object.assign(new Dense(graph.parameters, "encoder", I, O, { activation: "sigmoid" }), {
        w: tensors.w,
        bias: tensors.bias,
      });
      const { y: h, norm } = jacobianNorm(graph, [layer], tensors.x);
      return { h, y: graph.apply(reduce, { x: norm }, { mean: true }).y };
    },
    upstream: { y: item.input("dy") },
    wants: ["x", "w", "bias"],
  });
  const { h, y, dx, dw, dbias } = got;
  return { h, y, dx, dw: transpose(dw, I), db: dbias };
};

const runners: Readonly<Record<string, Runner>> = {
  sparse_kl: sparse,
  l1: activity,
  contractive_sigmoid: contractive,
};

export const penaltiesFamily: Family = { name: "penalties", runner: (op) => runners[op] };
