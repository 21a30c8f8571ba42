import { activation } from "./activation.js";
import { add } from "./add.js";
import { linear } from "./linear.js";
import { mul } from "./mul.js";
import type { Op } from "./op.js";
import { scale } from "./scale.js";

/** The op table. */
export const ops: readonly Op[] = [linear, activation, add, mul, scale];
