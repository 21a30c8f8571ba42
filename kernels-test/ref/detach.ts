import { detach } from "../../src/ops/detach.js";
import type { OpProof } from "./contract.js";
import { scaleProof } from "./scale.js";

export const detachProof: OpProof = {
  op: detach,
  exact: true,
  references: scaleProof.references,
  cases: [{ shapes: { x: [3, 5] } }, { shapes: { x: [7, 11, 13] }, attrs: { factor: -1 } }, { shapes: { x: [257] } }],
};
