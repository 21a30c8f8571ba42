// The entry `latentgpu/verify`: float64 twins of all kernels, what proves the kernels on a device by them, and a plan on the CPU.
import type { Device } from "../src/gpu/device.js";
import type { OpProof } from "./ref/contract.js";
import { runTrials } from "./run-trials.js";
import { trialsOf } from "./trials.js";

export { type Divergence, firstDivergence } from "../src/graph/divergence.js";
export { Interpreter, type References } from "../src/graph/interpret.js";
export type { CaseResult, GoldenSource } from "./golden/contract.js";
export { folderSource } from "./golden/folder.js";
export type { FamilyResult } from "./golden/run.js";
export { pickFamilies, runFamily } from "./golden/run.js";
export { proofs, references } from "./ref/index.js";
export type { TrialResult } from "./run-trials.js";
export { runTrials } from "./run-trials.js";
export { trialsOf } from "./trials.js";

/** How an op's kernels did: every kernel and variant that the device runs, on every case. */
export interface OpResult {
  readonly op: string;
  readonly passed: number;
  readonly failed: number;
  /** The trial that came nearest to its bound, and its error over the bound. */
  readonly worst: { readonly trial: string; readonly ratio: number } | null;
  readonly failures: readonly string[];
}

/** Runs the kernels of one op against their twins. */
export async function verifyOp(device: Device, proof: OpProof): Promise<OpResult> {
  const results = await runTrials(device, trialsOf(proof, device.profile));
  const failures = results.flatMap((r) => r.failure ?? []);
  let worst: OpResult["worst"] = null;
  for (const { name, ratio } of results) if (!worst || ratio > worst.ratio) worst = { trial: name, ratio };
  return {
    op: proof.op.name,
    passed: results.length - failures.length,
    failed: failures.length,
    worst,
    failures,
  };
}
