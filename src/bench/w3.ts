import argminSource from "../../shaders/bench/argmin.wgsl";
import { Program } from "../gpu/program.js";
import { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import { embedding } from "../ops/embedding.js";
import { linear } from "../ops/linear.js";
import type { Op, Shape } from "../ops/op.js";
import { kernel } from "../ops/op.js";
import { vectorQuantize } from "../ops/vector-quantize.js";
import { RandomStream, streams } from "../random/philox.js";
import type { Workload } from "./measure.js";

const [K, D] = [512, 64];

/** What a search reads: rows of vectors, codes [K,D]. */
type Inputs = Readonly<Record<"x" | "codes", Float32Array>>;

/** A workload over N vectors that go up in every step; `build` gives the tensor of their codes, `place` the other tensors' values. */
function search(
  name: string,
  what: string,
  N: number,
  build: (graph: Graph, x: Tensor) => Tensor,
  place: (codes: Float32Array) => Readonly<Record<string, Float32Array>>,
  heavy = false,
): Workload {
  return {
    name,
    what,
    flops: 2 * N * K * D,
    heavy,
    prepare(device) {
      const graph = new Graph(new Parameters());
      const result = build(graph, graph.input("x", [N, D]));
      const program = new Program(device, new Plan(graph, device));
      const { x, codes } = searchInputs(N);
      for (const [tensor, values] of Object.entries(place(codes))) program.write(tensor, values);
      program.write("x", x);
      return {
        async step() {
          program.write("x", x);
          program.run([{}]);
          const codes = await program.read(result.name);
          let firsts = 0;
          for (let i = 0; i < codes.length; i += D) firsts += codes[i] as number;
          return firsts;
        },
        submit(_, count) {
          program.run(Array.from({ length: count }, () => ({})));
        },
        dispose: () => program.dispose(),
      };
    },
  };
}

function searchInputs(N: number): Inputs {
  const random = new RandomStream(1, streams.test);
  const normals = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
  return { x: normals(N * D), codes: normals(K * D) };
}

function nearest(graph: Graph, x: Tensor): Tensor {
  const { q, indices } = graph.apply(vectorQuantize, { x, codes: graph.input("codes", [K, D]) });
  for (const tensor of [q, indices]) graph.keep(tensor);
  return q;
}

/** The lowest index of the least of each row. Nothing but the bench takes the way that needs it. */
export const argmin: Op = {
  name: "argmin",
  inputs: ["x"],
  outputs: ({ x }) => ({ indices: [(x as Shape)[0] as number] }),
  types: { indices: "u32" },
  sizes: ({ x }) => ({ N: (x as Shape)[0] as number, K: (x as Shape)[1] as number }),
  forward: [kernel(argminSource)],
  backward: [],
};

/** Nearest codes, as the libraries that we are measured against have it. */
export const w3 = search(
  "W3",
  `nearest code: 4096 vectors of ${D} against ${K} codes, vectors uploaded, their codes read back`,
  4096,
  nearest,
  (codes) => ({ codes }),
);

/** The same in kernels of their own: |c|^2 - 2 x . c by linear, of which N x K are kept, the least of each row, and the gather. */
export const w3Unfused = search(
  "W3-unfused",
  `W3 by linear, whose 4096 x ${K} distances are kept, argmin and embedding`,
  4096,
  (graph, x) => {
    const [w, bias, table] = [graph.input("w", [D, K]), graph.input("bias", [K]), graph.input("table", [K, D])];
    const apart = graph.keep(graph.apply(linear, { x, w, bias }).y as Tensor);
    const indices = graph.keep(graph.apply(argmin, { x: apart }).indices as Tensor);
    return graph.keep(graph.apply(embedding, { w: table, indices }).y as Tensor);
  },
  (table) => {
    const [w, bias] = [new Float32Array(D * K), new Float32Array(K)];
    table.forEach((c, i) => {
      const [k, d] = [Math.floor(i / D), i % D];
      w[d * K + k] = -2 * c;
      bias[k] += c * c;
    });
    return { w, bias, table };
  },
);

/** At this size a matrix of distances would take 256 MiB; WebGPU's default limits bind 128. */
export const w3Large = search(
  "W3-131072",
  `nearest code: 131072 vectors of ${D} against ${K} codes, vectors uploaded, their codes read back`,
  131_072,
  nearest,
  (codes) => ({ codes }),
  true,
);
