import { embedding } from "../../src/ops/embedding.js";
import { oneHot } from "../../src/ops/one-hot.js";
import type { Family, Runner } from "./contract.js";
import { evaluate } from "./evaluate.js";

const rows: Runner = (device, item) =>
  evaluate(device, {
    given: { w: item.input("w"), indices: item.input("idx") },
    build: (graph, inputs) => ({ y: graph.apply(embedding, inputs).y }),
    upstream: { y: item.input("dy") },
    wants: ["w"],
  });

const classes: Runner = (device, item) =>
  evaluate(device, {
    given: { indices: item.input("idx") },
    build: (graph, inputs) => ({ y: graph.apply(oneHot, inputs, { classes: item.number("classes") }).y }),
  });

export const embeddingFamily: Family = {
  name: "embedding",
  runner: (op) => (op === "embedding" ? rows : op === "one_hot" ? classes : undefined),
};
