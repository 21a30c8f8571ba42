import forwardF16 from "../../shaders/linear/forward.f16.wgsl";
import forwardSgb4 from "../../shaders/linear/forward.sgb4.wgsl";
import forwardSgb8Vec4 from "../../shaders/linear/forward.sgb8.vec4.wgsl";
import forwardSgb8 from "../../shaders/linear/forward.sgb8.wgsl";
import forwardTiled from "../../shaders/linear/forward.tiled.wgsl";
import forward from "../../shaders/linear/forward.wgsl";
import forwardWide from "../../shaders/linear/forward.wide.wgsl";
import gradWSgb4 from "../../shaders/linear/grad-w.sgb4.wgsl";
import gradWSgb8Vec4 from "../../shaders/linear/grad-w.sgb8.vec4.wgsl";
import gradWSgb8 from "../../shaders/linear/grad-w.sgb8.wgsl";
import gradWTiled from "../../shaders/linear/grad-w.tiled.wgsl";
import gradW from "../../shaders/linear/grad-w.wgsl";
import gradWWide from "../../shaders/linear/grad-w.wide.wgsl";
import gradXSgb4 from "../../shaders/linear/grad-x.sgb4.wgsl";
import gradXSgb8 from "../../shaders/linear/grad-x.sgb8.wgsl";
import gradXTiled from "../../shaders/linear/grad-x.tiled.wgsl";
import gradX from "../../shaders/linear/grad-x.wgsl";
import gradXWide from "../../shaders/linear/grad-x.wide.wgsl";
import { InputError } from "../errors.js";
import type { Profile } from "../gpu/profile.js";
import type { Op, Shape, Shapes, Sizes } from "./op.js";
import { elements, fitsWide, kernel } from "./op.js";

function dims({ x, w }: Shapes): { B: number; I: number; O: number } {
  const [I, O] = w as [number, number];
  return { B: elements(x as Shape) / I, I, O };
}

const tiled = (profile: Profile): boolean => profile.matmul === "tiled";
/** The broadcast kernels are written out for a number of lanes, and take rows of O (and I, where they write, turn or load them
 * so) four at a time. Each has the tile that its driver runs best: 32 rows x 4 columns a lane of 8, 32 x 8 a lane of 4. */
const sgb =
  (lanes: 4 | 8, ...width: ("I" | "O")[]) =>
  (profile: Profile, sizes: Sizes): boolean =>
    profile.matmul === "sgb" && profile.subgroupSize === lanes && width.every((d) => sizes[d] % 4 === 0);

/** Vectors of four all over, in the larger tiles. */
const four = ({ I, O }: Sizes): boolean => I % 4 === 0 && O % 4 === 0;
const wide = (profile: Profile, s: Sizes): boolean => four(s) && fitsWide(profile, s.B, s.O);
const wideX = (profile: Profile, s: Sizes): boolean => four(s) && fitsWide(profile, s.B, s.I);
const wideW = (profile: Profile, s: Sizes): boolean => four(s) && fitsWide(profile, s.I, s.O);
const f16 = ({ storage }: Profile, s: Sizes): boolean => storage === "f16" && four(s);

/** y = x w + bias over the last axis of x. x [..., I], w [I, O] (PyTorch keeps it [O, I]), bias [O] or none. */
export const linear: Op = {
  name: "linear",
  inputs: ["x", "w", "bias"],
  optional: { bias: "w" },
  outputs: ({ x, w, bias }) => {
    const [rows, last] = [(x as Shape).slice(0, -1), (x as Shape).at(-1)];
    const [I, O] = w as [number, number];
    if (last !== I) throw new InputError(`linear: x has ${last} features and w takes ${I}; they must be equal.`);
    if (bias && bias[0] !== O) throw new InputError(`linear: the bias has ${bias[0]} values for ${O} outputs.`);
    return { y: [...rows, O] };
  },
  // No activation of its own: fuse() lends it the one that follows.
  sizes: (shapes) => ({ ...dims(shapes), kind: 0, slope: 0 }),
  overrides: ({ bias }) => ({ HAS_BIAS: bias !== undefined }),
  forward: [
    kernel(
      forward,
      [forwardF16, f16],
      [forwardSgb8Vec4, sgb(8, "I", "O")],
      [forwardSgb8, sgb(8, "O")],
      [forwardSgb4, sgb(4, "O")],
      [forwardWide, wide],
      [forwardTiled, tiled],
    ),
  ],
  backward: [
    kernel(
      gradX,
      [gradXSgb8, sgb(8, "I", "O")],
      [gradXSgb4, sgb(4, "I", "O")],
      [gradXWide, wideX],
      [gradXTiled, tiled],
    ),
    kernel(
      gradW,
      [gradWSgb8Vec4, sgb(8, "I", "O")],
      [gradWSgb8, sgb(8, "O")],
      [gradWSgb4, sgb(4, "O")],
      [gradWWide, wideW],
      [gradWTiled, tiled],
    ),
  ],
  flops: ({ B, I, O }) => ({ forward: 2 * B * I * O, "grad-x": 2 * B * I * O, "grad-w": 2 * B * I * O }),
};
