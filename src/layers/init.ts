import type { Init, Parameters, Statistic } from "../graph/parameters.js";
import { elements } from "../ops/op.js";
import { draw, streams, toUniform } from "../random/philox.js";

/** The largest |value| that an initialiser draws. */
function boundOf(init: Init): number {
  if (init.kind === "uniform") return init.bound;
  if (init.kind === "torchUniform") return 1 / Math.sqrt(init.fanIn);
  if (init.kind === "glorotUniform") return Math.sqrt(6 / (init.fanIn + init.fanOut));
  return 0;
}

/** Fills an arena: each tensor from a place of its own in the stream of initial values. */
function fill(
  arena: Float32Array,
  list: readonly Pick<Statistic, "tensor" | "init">[],
  seed: number,
  from: number,
): Float32Array {
  list.forEach(({ tensor, init }, p) => {
    const bound = boundOf(init);
    const at = tensor.offset ?? 0;
    const length = elements(tensor.shape);
    if (init.kind === "ones") arena.fill(1, at, at + length);
    if (bound === 0) return;
    for (let i = 0; i < length; i += 4) {
      const words = draw(seed, streams.init, from + p, i / 4);
      for (let j = 0; j < Math.min(4, length - i); j++) arena[at + i + j] = bound * (2 * toUniform(words[j]) - 1);
    }
  });
  return arena;
}

/** Starting values of a whole weight arena: a function of the seed and each parameter's place in the list alone. */
export function initialWeights(parameters: Parameters, seed: number): Float32Array {
  return fill(new Float32Array(parameters.arenaLength), parameters.all, seed, 0);
}

/** Starting values of the arena of statistics, whose draws follow those of the weights. */
export function initialStatistics(parameters: Parameters, seed: number): Float32Array {
  const { statistics, all } = parameters;
  return fill(new Float32Array(parameters.statisticsLength), statistics, seed, all.length);
}
