import type { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { add } from "../../src/ops/add.js";
import { concat } from "../../src/ops/concat.js";
import { klClassMean } from "../../src/ops/kl-class-mean.js";
import { klGaussians } from "../../src/ops/kl-gaussians.js";
import { mul } from "../../src/ops/mul.js";
import { reduce } from "../../src/ops/reduce.js";
import { reparameterize } from "../../src/ops/reparameterize.js";
import { scale } from "../../src/ops/scale.js";
import type { Family, GoldenCase, Runner } from "./contract.js";
import { evaluate } from "./evaluate.js";

const stats = (graph: Graph, mu: Tensor, logVar: Tensor): Tensor => graph.apply(concat, { a: mu, b: logVar }).y;
const sum = (graph: Graph, x: Tensor): Tensor => graph.apply(reduce, { x }).y;
const take = (item: GoldenCase, ...names: string[]) => Object.fromEntries(names.map((n) => [n, item.input(n)]));

const reparam: Runner = (device, item) =>
  evaluate(device, {
    given: take(item, "mu", "logvar", "eps"),
    build: (graph, { mu, logvar, eps }) => ({
      z: graph.apply(reparameterize, { stats: stats(graph, mu, logvar), eps }).z,
    }),
    upstream: { z: item.input("dz") },
    wants: ["mu", "logvar"],
  });

const klStandard: Runner = (device, item) =>
  evaluate(device, {
    given: take(item, "mu", "logvar"),
    build: (graph, { mu, logvar }) => {
      const { kl } = graph.apply(reparameterize, { stats: stats(graph, mu, logvar) });
      return { per: kl, y: sum(graph, kl) };
    },
    upstream: { y: item.input("dy") },
    wants: ["mu", "logvar"],
  });

const reparamPlusKl: Runner = (device, item) =>
  evaluate(device, {
    given: take(item, "mu", "logvar", "eps", "up"),
    build: (graph, { mu, logvar, eps, up }) => {
      const latent = graph.apply(reparameterize, { stats: stats(graph, mu, logvar), eps });
      const kl = sum(graph, latent.kl);
      const pulled = sum(graph, graph.apply(mul, { a: latent.z, b: up }).y);
      const weighed = graph.apply(scale, { x: kl }, { factor: item.number("beta") }).y;
      return { z: latent.z, kl, total: graph.apply(add, { a: pulled, b: weighed }).y };
    },
    upstream: { total: item.input("dtotal") },
    wants: ["mu", "logvar"],
  });

const klToClassMean: Runner = (device, item) =>
  evaluate(device, {
    given: take(item, "mu", "logvar", "table", "label"),
    build: (graph, { mu, logvar, table, label }) => ({
      y: sum(graph, graph.apply(klClassMean, { stats: stats(graph, mu, logvar), table, labels: label }).kl),
    }),
    upstream: { y: item.input("dy") },
    wants: ["mu", "logvar", "table"],
  });

const klOfTwo: Runner = (device, item) =>
  evaluate(device, {
    given: take(item, "mu1", "lv1", "mu2", "lv2"),
    build: (graph, { mu1, lv1, mu2, lv2 }) => ({
      y: sum(graph, graph.apply(klGaussians, { p: stats(graph, mu1, lv1), q: stats(graph, mu2, lv2) }).kl),
    }),
    upstream: { y: item.input("dy") },
    wants: ["mu1", "lv1", "mu2", "lv2"],
  });

const runners: Readonly<Record<string, Runner>> = {
  reparam,
  kl_std: klStandard,
  reparam_plus_kl: reparamPlusKl,
  kl_class_mean: klToClassMean,
  kl_two_gaussians: klOfTwo,
};

export const reparamKlFamily: Family = { name: "reparam_kl", runner: (op) => runners[op] };
