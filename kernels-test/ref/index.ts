import type { References } from "../../src/graph/interpret.js";
import { activationProof } from "./activation.js";
import { addProof } from "./add.js";
import type { OpProof } from "./contract.js";
import { linearProof } from "./linear.js";
import { mulProof } from "./mul.js";
import { scaleProof } from "./scale.js";

/** Every op's proof; the same order as src/ops/index.ts. */
export const proofs: readonly OpProof[] = [linearProof, activationProof, addProof, mulProof, scaleProof];

/** Float64 twins of all kernels, by kernel name. */
export const references: References = Object.assign({}, ...proofs.map((p) => p.references));
