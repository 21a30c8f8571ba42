import { Program } from "../gpu/program.js";
import { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import { embedding } from "../ops/embedding.js";
import { linear } from "../ops/linear.js";
import { vectorQuantize } from "../ops/vector-quantize.js";
import { RandomStream, streams } from "../random/philox.js";
import type { Workload } from "./measure.js";

const [K, D] = [512, 64];

/** A workload over N rows that go up in every step and codes that lie on the GPU. `build` gives what is read back, if anything. */
function search(
  name: string,
  what: string,
  N: number,
  codeShape: readonly number[],
  build: (graph: Graph, x: Tensor, codes: Tensor) => Tensor | undefined,
  heavy = false,
): Workload {
  return {
    name,
    what,
    flops: 2 * N * K * D,
    heavy,
    prepare(device) {
      const graph = new Graph(new Parameters());
      const [x, codes] = [graph.input("x", [N, D]), graph.input("codes", codeShape)];
      const result = build(graph, x, codes);
      const program = new Program(device, new Plan(graph, device));
      const random = new RandomStream(1, streams.test);
      const rows = Float32Array.from({ length: N * D }, () => random.normal());
      program.write(x.name, rows);
      program.write(
        codes.name,
        Float32Array.from({ length: K * D }, () => random.normal()),
      );
      return {
        async step() {
          program.write(x.name, rows);
          program.run([{}]);
          if (!result) {
            await device.idle();
            return 0;
          }
          const read = await program.read(result.name);
          return read[0] + read[read.length - 1];
        },
        submit(_, count) {
          program.run(Array.from({ length: count }, () => ({})));
        },
        dispose: () => program.dispose(),
      };
    },
  };
}

function nearest(graph: Graph, x: Tensor, codes: Tensor): Tensor {
  const { q, indices } = graph.apply(vectorQuantize, { x, codes });
  for (const tensor of [q, indices]) graph.keep(tensor);
  return q;
}

/** Nearest codes, as the libraries that we are measured against have it. */
export const w3 = search(
  "W3",
  `nearest code: 4096 vectors of ${D} against ${K} codes, vectors uploaded, their codes read back`,
  4096,
  [K, D],
  nearest,
);

/** What a search in kernels of their own takes at the least: products by linear, of which it keeps N x K, and the gather. The pass
 * over the products that finds the least of each row comes on top. */
export const w3Unfused = search(
  "W3-unfused",
  `W3 by linear, whose 4096 x ${K} products are kept, and embedding, without the pass that finds the least`,
  4096,
  [D, K],
  (graph, x, w) => {
    graph.keep(graph.apply(linear, { x, w }).y as Tensor);
    const [table, indices] = [graph.input("table", [K, D]), graph.input("indices", [4096], "u32")];
    return graph.keep(graph.apply(embedding, { w: table, indices }).y as Tensor);
  },
);

/** At this size a matrix of distances would take 256 MiB; WebGPU's default limits bind 128. */
export const w3Large = search(
  "W3-131072",
  `nearest code: 131072 vectors of ${D} against ${K} codes, vectors uploaded, their codes read back`,
  131_072,
  [K, D],
  nearest,
  true,
);
