import type { Init, Parameters } from "../graph/parameters.js";
import { elements } from "../ops/op.js";
import { draw, streams, toUniform } from "../random/philox.js";

/** The largest |value| that an initialiser draws. */
function boundOf(init: Init): number {
  if (init.kind === "torchUniform") return 1 / Math.sqrt(init.fanIn);
  if (init.kind === "glorotUniform") return Math.sqrt(6 / (init.fanIn + init.fanOut));
  return 0;
}

/** Starting values of a whole weight arena: a function of the seed and each parameter's place in the list alone. */
export function initialWeights(parameters: Parameters, seed: number): Float32Array {
  const arena = new Float32Array(parameters.arenaLength);
  parameters.all.forEach((parameter, p) => {
    const bound = boundOf(parameter.init);
    const at = parameter.tensor.offset ?? 0;
    const length = elements(parameter.tensor.shape);
    if (parameter.init.kind === "ones") arena.fill(1, at, at + length);
    if (bound === 0) return;
    for (let i = 0; i < length; i += 4) {
      const words = draw(seed, streams.init, p, i / 4);
      for (let j = 0; j < Math.min(4, length - i); j++) arena[at + i + j] = bound * (2 * toUniform(words[j]) - 1);
    }
  });
  return arena;
}

/** Starting values of the arena of statistics. */
export function initialStatistics(parameters: Parameters): Float32Array {
  const arena = new Float32Array(parameters.statisticsLength);
  for (const { tensor, init } of parameters.statistics) {
    const at = tensor.offset ?? 0;
    if (init.kind === "ones") arena.fill(1, at, at + elements(tensor.shape));
  }
  return arena;
}
