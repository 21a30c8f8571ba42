import { activation } from "./activation.js";
import { linear } from "./linear.js";
import type { Op } from "./op.js";

/** The op table. */
export const ops: readonly Op[] = [linear, activation];
