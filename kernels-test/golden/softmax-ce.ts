import { crossEntropy } from "../../src/ops/cross-entropy.js";
import { logSoftmax } from "../../src/ops/log-softmax.js";
import type { Op } from "../../src/ops/op.js";
import { softmax } from "../../src/ops/softmax.js";
import type { Family, Runner } from "./contract.js";
import { evaluate } from "./evaluate.js";
import { reduced } from "./losses.js";

const crossEntropyRunner: Runner = (device, item) => {
  const t = item.input("t");
  return evaluate(device, {
    given: { x: item.input("x"), t },
    build: (graph, inputs) => ({
      y: reduced(graph, graph.apply(crossEntropy, inputs, { axis: 1 }).loss, item.params.reduction, t.data.length),
    }),
    upstream: { y: item.input("dy") },
    wants: ["x"],
  });
};

const alongLast =
  (op: Op): Runner =>
  (device, item) =>
    evaluate(device, {
      given: { x: item.input("x") },
      build: (graph, inputs) => ({ y: graph.apply(op, inputs).y }),
      upstream: { y: item.input("dy") },
      wants: ["x"],
    });

export const softmaxFamily: Family = {
  name: "softmax_ce",
  runner: (op, { axis, reduction }) => {
    if (op === "cross_entropy") return reduction === "none" ? undefined : crossEntropyRunner;
    if (axis !== -1) return undefined;
    return op === "softmax" ? alongLast(softmax) : op === "log_softmax" ? alongLast(logSoftmax) : undefined;
  },
};
