import forward from "../../shaders/batch-norm/forward.wgsl";
import gradPartials from "../../shaders/batch-norm/grad-partials.wgsl";
import gradW from "../../shaders/batch-norm/grad-w.wgsl";
import gradX from "../../shaders/batch-norm/grad-x.wgsl";
import partials from "../../shaders/batch-norm/partials.wgsl";
import statistics from "../../shaders/batch-norm/statistics.wgsl";
import evalGradX from "../../shaders/batch-norm-eval/grad-x.wgsl";
import rstd from "../../shaders/batch-norm-eval/rstd.wgsl";
import { InputError } from "../errors.js";
import { checkNorm, columns, normFlops, normSizes, rowsOf, stretches } from "./norm.js";
import type { Attrs, Op, Shape, Shapes, Sizes } from "./op.js";
import { kernel, renamed } from "./op.js";

const forwardChoice = kernel(forward);
export const gradPartialsChoice = kernel(gradPartials);
export const gradWChoice = kernel(gradW);

const channels = (shapes: Shapes): Shape => [(shapes.x as Shape).at(-1) as number];
/** Sums of each stretch of rows, two a channel. */
export const stretchSums = (x: Shape): Shape => [stretches(rowsOf(x)).S, 2, x.at(-1) as number];

const sizes =
  (op: string) =>
  ({ x }: Shapes, attrs: Attrs): Sizes =>
    normSizes(op, x as Shape, attrs, (x as Shape).at(-1) as number, rowsOf(x as Shape));

/** Batch norm in training (Ioffe and Szegedy 2015): each channel by the mean and biased variance of its values in the rows of
 * the batch that count (step.rows). x, y [B, ..., C]; w, bias [C]; runningMean, runningVar [C] are rewritten in place, the
 * variance by the unbiased one, as PyTorch has it: running = (1 - momentum) running + momentum new. Saves mean and rstd [C].
 * Attrs: momentum (0.1), eps (1e-5). */
export const batchNorm: Op = {
  name: "batch-norm",
  inputs: ["x", "w", "bias", "runningMean", "runningVar"],
  outputs: (shapes, { momentum = 0.1 }) => {
    checkNorm("batch-norm", shapes, ["w", "bias", "runningMean", "runningVar"]);
    if (!(Number(momentum) >= 0 && Number(momentum) <= 1))
      throw new InputError(`batch-norm: momentum is ${momentum}; give a number from 0 to 1.`);
    if (rowsOf(shapes.x as Shape) === 1)
      throw new InputError("batch-norm: one value a channel has no variance; train with a batch of 2 or more.");
    return { y: shapes.x as Shape };
  },
  saved: (shapes) => {
    const C = channels(shapes);
    const sums = stretchSums(shapes.x as Shape);
    return { partials: sums, mean: C, rstd: C, gradPartials: sums, sumProduct: C, sumDy: C };
  },
  sizes: sizes("batch-norm"),
  overrides: columns,
  forward: [kernel(partials), kernel(statistics), forwardChoice],
  backward: [
    gradPartialsChoice,
    renamed(gradWChoice, "batch-norm/grad-sums", { dw: "sumProduct", dbias: "sumDy" }),
    kernel(gradX),
    gradWChoice,
  ],
  flops: normFlops,
};

/** Batch norm with statistics that stand still, as it serves after training. x, y [B, ..., C]; w, bias, mean, variance [C].
 * Attrs: eps (1e-5). */
export const batchNormEval: Op = {
  name: "batch-norm-eval",
  inputs: ["x", "w", "bias", "mean", "variance"],
  outputs: (shapes) => {
    checkNorm("batch-norm-eval", shapes, ["w", "bias", "mean", "variance"]);
    return { y: shapes.x as Shape };
  },
  saved: (shapes) => ({ rstd: channels(shapes), gradPartials: stretchSums(shapes.x as Shape) }),
  sizes: sizes("batch-norm-eval"),
  overrides: columns,
  forward: [kernel(rstd), forwardChoice],
  backward: [kernel(evalGradX), gradPartialsChoice, gradWChoice],
  flops: (sizes) => ({ ...normFlops(sizes), rstd: 3 * sizes.C, "grad-x": sizes.N * sizes.C }),
};
