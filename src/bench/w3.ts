import { Program } from "../gpu/program.js";
import { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import { vectorQuantize } from "../ops/vector-quantize.js";
import { RandomStream, streams } from "../random/philox.js";
import type { Workload } from "./measure.js";

const [N, K, D] = [4096, 512, 64];

/** Nearest codes: the vectors go up in every step, the codes lie on the GPU. */
export const w3: Workload = {
  name: "W3",
  what: `nearest code: ${N} vectors of ${D} against ${K} codes, vectors uploaded, their codes read back`,
  flops: 2 * N * K * D,
  prepare(device) {
    const graph = new Graph(new Parameters());
    const [x, codes] = [graph.input("x", [N, D]), graph.input("codes", [K, D])];
    const { q, indices } = graph.apply(vectorQuantize, { x, codes });
    for (const tensor of [q, indices]) graph.keep(tensor);
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
        const read = await program.read(q.name);
        return read[0] + read[read.length - 1];
      },
      submit(_, count) {
        program.run(Array.from({ length: count }, () => ({})));
      },
      dispose: () => program.dispose(),
    };
  },
};
