import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { StepValues } from "../gpu/program.js";
import { Program } from "../gpu/program.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import type { CodeSet } from "../layers/quantizers/quantizer.js";
import type { Coded } from "../models/model.js";
import { codeEma } from "../ops/code-ema.js";
import { codeReset } from "../ops/code-reset.js";
import { codeSums } from "../ops/code-sums.js";
import { elements } from "../ops/op.js";
import { vectorQuantize } from "../ops/vector-quantize.js";

/** Rounds of assigning vectors to codes and moving each code to the mean of its own (Lloyd 1982). */
const ROUNDS = 10;

/** The sets of a model's codes that start as a k-means of the first batch. */
export const kmeansSets = ({ levels }: Coded): readonly CodeSet[] =>
  levels.flatMap(({ sets }) => sets).filter((set) => set.kmeans);

/** Puts codes where the first batch's latents are: each begins as a vector of its own, drawn by the seed, then k-means. A function of the
 * seed, the data and the initial weights alone. Sets of codes that see what others leave come after those.
 * @param of the training program, whose weights, statistics and data it shares
 * @param input what the encoder sees of the first batch
 * @throws InputError where the batch has fewer vectors than there are codes */
export async function startAsKmeans(
  device: Device,
  { parameters, coded }: { readonly parameters: Parameters; readonly coded: Coded },
  of: Program,
  input: (graph: Graph) => Tensor,
  step: StepValues,
): Promise<void> {
  for (const [site, set] of kmeansSets(coded).entries()) {
    const graph = new Graph(parameters);
    const choices = coded.choose(graph, input(graph));
    const { seen } = choices.find((choice) => choice.set === set) as { seen: Tensor };
    graph.keep(seen);
    const vectors = (Number(step.rows) * elements(seen.shape.slice(1, -1))) as number;
    if (vectors < set.numEmbeddings)
      throw new InputError(
        `quantizer.kmeansInit puts ${set.numEmbeddings} codes among the vectors of the first batch, which are ${vectors}; take a larger --batch or fewer codes.`,
      );
    fuse(graph);
    const programs = [new Program(device, new Plan(graph, device), [of])];
    const add = (build: (graph: Graph, x: Tensor) => void): Program => {
      const next = new Graph(parameters);
      build(next, next.input(seen.name, seen.shape));
      const program = new Program(device, new Plan(next, device), [of, ...programs]);
      programs.push(program);
      return program;
    };
    const codes = set.codes as Tensor;
    const [K, D] = codes.shape as [number, number];
    try {
      const draw = add((next, x) => {
        const [n, m] = [next.input("kmeans.none", [K]), next.tensor("kmeans.unused", [1], "f32", "activation")];
        next.apply(codeReset, { x, n, m, codes }, { threshold: 1, site, ema: false }, "kmeans.draw");
      });
      const round = add((next, x) => {
        const { indices } = next.apply(vectorQuantize, { x, codes }, {}, "kmeans.nearest");
        const { counts, sums } = next.apply(codeSums, { x, indices }, { codes: K }, "kmeans.sums");
        const [n, m] = [next.input("kmeans.n", [K]), next.input("kmeans.m", [K, D])];
        next.apply(codeEma, { counts, sums, n, m, codes }, { decay: 0, eps: 0 }, "kmeans.means");
      });
      for (const program of [programs[0] as Program, draw]) program.run([step]);
      for (let i = 0; i < ROUNDS; i++) round.run([step]);
      await device.idle();
    } finally {
      for (const program of programs.reverse()) program.dispose();
    }
  }
}
