import forward from "../../shaders/total/forward.wgsl";
import gradTerms from "../../shaders/total/grad-terms.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel } from "./op.js";

/** Steps that the loss ring holds before it comes round. */
export const RING_LINES = 256;
/** Numbers a line: loss, mean of each of 4 terms, rows that counted, two spare. */
export const RING_WIDTH = 8;

const terms = ["term0", "term1", "term2", "term3"];

/** The objective: sum_k weight_k * mean of term_k over the rows that count (step.rows of B, step.weight0..3). terms [B], the
 * first up to four, ring [LINES, 8] written in place at line step.slot modulo LINES; loss [1]. Its backward kernel needs no
 * incoming gradient. */
export const total: Op = {
  name: "total",
  inputs: [...terms, "ring"],
  optional: { term1: "term0", term2: "term0", term3: "term0" },
  outputs: (shapes) => {
    const B = (shapes.term0 as Shape)[0];
    terms.forEach((name, k) => {
      const shape = shapes[name];
      if (!shape) return;
      if (shape.length !== 1 || shape[0] !== B)
        throw new InputError(
          `total: ${name} is [${shape}] and term0 [${shapes.term0}]; every term is one number a row, [B].`,
        );
      if (k > 1 && !shapes[terms[k - 1] as string])
        throw new InputError(`total: ${name} is given without term${k - 1}; number the terms from 0 without a gap.`);
    });
    const ring = shapes.ring as Shape;
    if (ring.length !== 2 || ring[1] !== RING_WIDTH)
      throw new InputError(`total: the ring is [${ring}]; it must be [LINES, ${RING_WIDTH}].`);
    return { loss: [1] };
  },
  sizes: ({ term0, ring }) => ({ B: (term0 as Shape)[0] as number, LINES: (ring as Shape)[0] as number }),
  overrides: (shapes) => ({ TERMS: terms.filter((name) => shapes[name]).length }),
  forward: [kernel(forward)],
  backward: [kernel(gradTerms)],
  flops: ({ B }, { TERMS }) => ({ forward: B * Number(TERMS), "grad-terms": B * Number(TERMS) }),
};
