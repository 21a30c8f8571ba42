import { Program } from "../gpu/program.js";
import { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import { conv2d } from "../ops/conv2d.js";
import { elements } from "../ops/op.js";
import { RandomStream, streams } from "../random/philox.js";
import type { Workload } from "./measure.js";

const [SIDE, C] = [32, 64];

/** One convolution, forward; pictures and weights lie on the GPU, the whole result is read back. */
export const conv3x3 = (name: string, B: number, heavy = false): Workload => ({
  name,
  what: `conv 3x3, ${SIDE}x${SIDE}x${C} to ${C}, batch ${B}, forward, result read back`,
  flops: 2 * B * SIDE * SIDE * C * C * 9,
  heavy,
  prepare(device) {
    const graph = new Graph(new Parameters());
    const [x, w] = [graph.input("x", [B, SIDE, SIDE, C]), graph.input("w", [3, 3, C, C])];
    const same = { padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 };
    const y = graph.keep(graph.apply(conv2d, { x, w }, same).y);
    const program = new Program(device, new Plan(graph, device));
    const random = new RandomStream(1, streams.test);
    for (const { name, shape } of [x, w])
      program.write(
        name,
        Float32Array.from({ length: elements(shape) }, () => random.normal()),
      );
    return {
      async step() {
        program.run([{}]);
        return (await program.read(y.name))[1000];
      },
      submit(_, count) {
        program.run(Array.from({ length: count }, () => ({})));
      },
      dispose: () => program.dispose(),
    };
  },
});
