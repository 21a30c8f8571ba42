import entropy from "../../shaders/lfq/entropy.wgsl";
import forward from "../../shaders/lfq/forward.wgsl";
import gradSum from "../../shaders/lfq/grad-sum.wgsl";
import gradZ from "../../shaders/lfq/grad-z.wgsl";
import mean from "../../shaders/lfq/mean.wgsl";
import codesForward from "../../shaders/lfq-codes/forward.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";
import { rowSizes } from "./rows.js";

/** Bits of an index. */
const MOST = 32;

/** Lookup-free quantization (Yu et al. 2023, "Language model beats diffusion: tokenizer is key to visual generation"): each dimension
 * becomes its sign, a bit of the index. z, q [..., D], D at most 32; indices u32 [...]; commit [...] = |z - q|^2; entropy [...] = the
 * entropy of the row's choice minus `diversity` times that of the batch (rows that count), in nats: small where rows are sure of their code
 * and all codes are in use. A row's choice among the 2^D codes by softmax(-|z - code|^2 / temperature) falls apart into D
 * independent bits, so its entropy is the sum of theirs; the batch's is taken as the sum of the bits' as well, which bounds it from above
 * (as Zhao et al. 2024 do) and costs D instead of 2^D. The gradient of q goes straight through.
 * Attrs: temperature (0.01), diversity (1). */
export const lfq: Op = {
  name: "lfq",
  inputs: ["z"],
  outputs: ({ z }, { temperature = 0.01, diversity = 1 }) => {
    const { D } = rowSizes("lfq", z as Shape);
    if (D > MOST) throw new InputError(`lfq: z is [${z}]; an index holds ${MOST} bits, so give at most so many.`);
    if (!(Number(temperature) > 0)) throw new InputError(`lfq: the temperature is ${temperature}; it must be above 0.`);
    if (!Number.isFinite(Number(diversity)))
      throw new InputError(`lfq: the diversity is ${diversity}; give a number, such as 1.`);
    const rows = (z as Shape).slice(0, -1);
    return { q: z as Shape, indices: rows, commit: rows, entropy: rows };
  },
  saved: ({ z }) => ({ mean: [(z as Shape).at(-1) as number], pull: [1] }),
  types: { indices: "u32" },
  sizes: ({ z }, { temperature = 0.01, diversity = 1 }) => ({
    ...rowSizes("lfq", z as Shape),
    slope: 4 / Number(temperature),
    diversity: Number(diversity),
  }),
  forward: [kernel(forward), kernel(mean), kernel(entropy)],
  backward: [kernel(gradSum), kernel(gradZ)],
};

/** The codes of `lfq` from their indices. indices u32 [...], q [..., bits]. Attrs: bits. */
export const lfqCodes: Op = {
  name: "lfq-codes",
  inputs: ["indices"],
  outputs: ({ indices }, { bits }) => {
    if (!(Number.isInteger(bits) && Number(bits) >= 1 && Number(bits) <= MOST))
      throw new InputError(`lfq-codes: there are ${bits} bits; give a whole number from 1 to ${MOST}.`);
    return { q: [...(indices as Shape), Number(bits)] };
  },
  types: { indices: "u32" },
  sizes: ({ indices }, { bits }) => ({ N: elements(indices as Shape), D: Number(bits) }),
  forward: [kernel(codesForward)],
  backward: [],
};
