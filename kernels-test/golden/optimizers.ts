import type { Device } from "../../src/gpu/device.js";
import { Program } from "../../src/gpu/program.js";
import { Graph } from "../../src/graph/graph.js";
import { Parameters } from "../../src/graph/parameters.js";
import { Plan } from "../../src/graph/plan.js";
import type { Optimizer, OptimizerConfig } from "../../src/train/optimizer.js";
import { createOptimizer } from "../../src/train/optimizer.js";
import type { Family, GoldenCase, Got, Params, Runner } from "./contract.js";

const kinds = ["sgd", "adam", "adamw", "rmsprop", "adagrad"];
const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const configOf = (op: string, params: Params): OptimizerConfig =>
  ({ kind: op, ...Object.fromEntries(Object.entries(params).map(([k, v]) => [camel(k), v])) }) as OptimizerConfig;

/** An optimizer over vectors of the given lengths, nothing else in the graph. */
function load(device: Device, optimizer: Optimizer, lengths: readonly number[], clipNorm?: number) {
  const parameters = new Parameters();
  lengths.forEach((n, i) => {
    parameters.add(`p${i}`, [n], { kind: "zeros" });
  });
  const graph = new Graph(parameters);
  const { norm } = optimizer.append(graph, clipNorm === undefined ? {} : { clipNorm });
  const program = new Program(device, new Plan(graph, device));
  for (const arena of optimizer.arenas)
    program.writeBuffer(`${arena} arena`, new Float32Array(parameters.arenaLength).fill(optimizer.initial[arena]));
  return { program, norm, at: parameters.all.map((p) => p.tensor.offset as number) };
}

const fiveSteps: Runner = async (device, item) => {
  const optimizer = createOptimizer(configOf(item.op, item.params));
  const p0 = item.input("p0").data as Float32Array;
  const { program } = load(device, optimizer, [p0.length]);
  try {
    program.writeBuffer("weight arena", p0);
    const got: Got = {};
    for (let t = 1; item.has(`p${t}`); t++) {
      program.writeBuffer("gradient arena", item.input(`g${t - 1}`).data as Float32Array);
      program.run([{ ...optimizer.stepValues(t, optimizer.lr) }]);
      got[`p${t}`] = new Float32Array(await program.readBuffer("weight arena"), 0, p0.length);
    }
    return got;
  } finally {
    program.dispose();
  }
};

/** Clipping by the norm of all gradients together; plain descent at rate 0 leaves the gradients as they were clipped. */
const clip: Runner = async (device, item: GoldenCase) => {
  const names = ["a", "b"];
  const gradients = names.map((name) => item.input(name).data as Float32Array);
  const optimizer = createOptimizer({ kind: "sgd", lr: 0 });
  const lengths = gradients.map((g) => g.length);
  const { program, norm, at } = load(device, optimizer, lengths, item.number("max_norm"));
  try {
    const arena = new Float32Array(at[1] + lengths[1]);
    gradients.forEach((g, i) => {
      arena.set(g, at[i]);
    });
    program.writeBuffer("gradient arena", arena);
    program.run([{ ...optimizer.stepValues(1, 0) }]);
    const after = new Float32Array(await program.readBuffer("gradient arena"));
    const got: Got = { norm: await program.read(norm?.name ?? "") };
    names.forEach((name, i) => {
      got[`${name}1`] = after.subarray(at[i], at[i] + lengths[i]);
    });
    return got;
  } finally {
    program.dispose();
  }
};

export const optimizersFamily: Family = {
  name: "optimizers",
  runner: (op, params) => {
    if (op === "clip_grad_norm") return params.norm_type === 2 ? clip : undefined;
    return kinds.includes(op) ? fiveSteps : undefined;
  },
};
