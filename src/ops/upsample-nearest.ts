import forward from "../../shaders/upsample-nearest/forward.wgsl";
import gradX from "../../shaders/upsample-nearest/grad-x.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel } from "./op.js";

/** Larger (or smaller) pictures by repeating pixels, channels last: row p of y is row floor(p H / P) of x. x [B, H, W, C],
 * y [B, floor(H scaleH), floor(W scaleW), C]. Attrs: scaleH, scaleW (2), not necessarily whole. */
export const upsampleNearest: Op = {
  name: "upsample-nearest",
  inputs: ["x"],
  outputs: ({ x }, { scaleH = 2, scaleW = 2 }) => {
    if (x?.length !== 4)
      throw new InputError(`upsample-nearest: x is [${x}]; it must be [batch, rows, columns, channels].`);
    const [B, H, W, C] = x as [number, number, number, number];
    const [P, Q] = [Math.floor(H * Number(scaleH)), Math.floor(W * Number(scaleW))];
    if (!(P > 0 && Q > 0 && P * H < 2 ** 32 && Q * W < 2 ** 32))
      throw new InputError(
        `upsample-nearest: ${H} by ${W} pixels times ${scaleH} and ${scaleW} give no picture; choose other factors.`,
      );
    return { y: [B, P, Q, C] };
  },
  sizes: ({ x, y }) => {
    const [[B, H, W, C], [, P, Q]] = [x as [number, number, number, number], y as Shape as [number, number, number]];
    return { B, H, W, C, P, Q };
  },
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: ({ B, P, Q, C }) => ({ forward: 0, "grad-x": B * P * Q * C }),
};
