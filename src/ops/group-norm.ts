import forward from "../../shaders/group-norm/forward.wgsl";
import gradX from "../../shaders/group-norm/grad-x.wgsl";
import { InputError } from "../errors.js";
import { gradPartialsChoice, gradWChoice, stretchSums } from "./batch-norm.js";
import { checkNorm, columns, normFlops, normSizes, rowsOf } from "./norm.js";
import type { Attrs, Op, Shape } from "./op.js";
import { kernel } from "./op.js";

/** What group norm and layer norm share; `parts` gives the groups of channels and how many rows share a mean. */
function norm(name: string, parts: (x: Shape, attrs: Attrs) => { groups: number; span: number }): Op {
  return {
    name,
    inputs: ["x", "w", "bias"],
    outputs: (shapes, attrs) => {
      checkNorm(name, shapes, ["w", "bias"]);
      const x = shapes.x as Shape;
      const { groups } = parts(x, attrs);
      if (!(Number.isInteger(groups) && groups > 0 && (x.at(-1) as number) % groups === 0))
        throw new InputError(`${name}: ${groups} groups do not divide ${x.at(-1)} channels; choose a divisor.`);
      return { y: x };
    },
    saved: ({ x }, attrs) => {
      const { groups, span } = parts(x as Shape, attrs);
      const each = [rowsOf(x as Shape) / span, groups];
      return { mean: each, rstd: each, gradPartials: stretchSums(x as Shape) };
    },
    sizes: ({ x }, attrs) => {
      const { groups, span } = parts(x as Shape, attrs);
      return normSizes(name, x as Shape, attrs, groups, span);
    },
    overrides: columns,
    forward: [kernel(forward)],
    backward: [kernel(gradX), gradPartialsChoice, gradWChoice],
    flops: (sizes) => ({ ...normFlops(sizes), forward: 8 * sizes.N * sizes.C, "grad-x": 10 * sizes.N * sizes.C }),
  };
}

/** Group norm (Wu and He 2018): each group of channels of each row of the batch by its own mean and variance; as many groups as
 * channels make instance norm. x, y [B, ..., C]; w, bias [C]. Saves mean and rstd [B, groups]. Attrs: groups (1), eps (1e-5). */
export const groupNorm = norm("group-norm", (x, { groups = 1 }) => ({
  groups: Number(groups),
  span: rowsOf(x) / (x[0] as number),
}));

/** Layer norm (Ba, Kiros and Hinton 2016) over the last axis. x, y [..., C]; w, bias [C]. Saves mean and rstd [rows, 1].
 * Attrs: eps (1e-5). */
export const layerNorm = norm("layer-norm", () => ({ groups: 1, span: 1 }));
