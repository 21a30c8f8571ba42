import { Program } from "../gpu/program.js";
import { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import { linear } from "../ops/linear.js";
import { RandomStream, streams } from "../random/philox.js";
import type { Workload } from "./measure.js";

/** A product of two n x n matrices that lie on the GPU; the whole result is read back. */
export function matmul(name: string, n: number, heavy = false): Workload {
  return {
    name,
    what: `matmul ${n} x ${n} x ${n}, result read back`,
    flops: 2 * n ** 3,
    heavy,
    prepare(device) {
      const graph = new Graph(new Parameters());
      const [x, w] = [graph.input("x", [n, n]), graph.input("w", [n, n])];
      const y = graph.keep(graph.apply(linear, { x, w }).y);
      const program = new Program(device, new Plan(graph, device));
      const random = new RandomStream(1, streams.test);
      for (const tensor of [x, w])
        program.write(
          tensor.name,
          Float32Array.from({ length: n * n }, () => random.normal()),
        );
      return {
        async step() {
          program.run([{}]);
          return (await program.read(y.name))[n + 1];
        },
        submit(_, count) {
          program.run(Array.from({ length: count }, () => ({})));
        },
        dispose: () => program.dispose(),
      };
    },
  };
}
