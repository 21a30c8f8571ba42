import forward from "../../shaders/quantize-dropout/forward.wgsl";
import gradX from "../../shaders/quantize-dropout/grad-x.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** What the quantizer number `level` of a residual one adds, or 0 in steps that train a drawn number of the first quantizers only
 * (Zeghidour et al. 2021, "SoundStream"). Attrs: quantizers, level, p (the chance of such a step), site (0): which draw of the
 * model; all levels of one residual quantizer share it. */
export const quantizeDropout: Op = {
  name: "quantize-dropout",
  inputs: ["x"],
  outputs: ({ x }, { p, quantizers, level }) => {
    if (!(Number(p) >= 0 && Number(p) <= 1))
      throw new InputError(
        `quantize-dropout: p is ${p}; give the chance of a step with fewer quantizers, from 0 to 1.`,
      );
    if (!(Number.isInteger(level) && Number(level) >= 0 && Number(level) < Number(quantizers)))
      throw new InputError(`quantize-dropout: level is ${level} of ${quantizers} quantizers; they count from 0.`);
    return { y: x as Shape };
  },
  sizes: ({ x }, { p, quantizers, level, site }) => ({
    N: elements(x as Shape),
    Q: Number(quantizers),
    level: Number(level),
    site: Number(site ?? 0),
    p: Math.fround(Number(p)),
  }),
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
};
