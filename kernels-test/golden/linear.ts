import { linear } from "../../src/ops/linear.js";
import type { Family, GoldenTensor, Runner } from "./contract.js";
import { evaluate, transpose } from "./evaluate.js";

const linearRunner: Runner = async (device, item) => {
  const w = item.input("w");
  const [O, I] = w.shape;
  const given: Record<string, GoldenTensor> = {
    x: item.input("x"),
    w: { shape: [I, O], data: transpose(w.data, O) },
    ...(item.has("b") ? { bias: item.input("b") } : {}),
  };
  const { dw, dbias, ...rest } = await evaluate(device, {
    given,
    build: (graph, inputs) => ({ y: graph.apply(linear, inputs).y }),
    upstream: { y: item.input("dy") },
    wants: Object.keys(given),
  });
  return { ...rest, dw: transpose(dw, I), ...(dbias ? { db: dbias } : {}) };
};

/** A product with a matrix that stands as it is: [I, O]. */
const matmulRunner: Runner = async (device, item) => {
  const { dx, dw, y } = await evaluate(device, {
    given: { x: item.input("a"), w: item.input("b") },
    build: (graph, inputs) => ({ y: graph.apply(linear, inputs).y }),
    upstream: { y: item.input("dy") },
    wants: ["x", "w"],
  });
  return { y, da: dx, db: dw };
};

export const linearFamily: Family = {
  name: "linear",
  runner: (op, params) =>
    op === "linear" ? linearRunner : op === "matmul" && Object.keys(params).length === 0 ? matmulRunner : undefined,
};
