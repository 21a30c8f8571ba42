// The entry `latentgpu/verify`: float64 twins of all kernels, what proves the kernels on a device by them and times them there; a
// plan run on the CPU, a program profiled or debugged dispatch by dispatch. What trains holds nothing of it.
import { timeChoice } from "../src/bench/kernels.js";
import { references as benchShapes } from "../src/bench/references.js";
import { InputError } from "../src/errors.js";
import type { Device } from "../src/gpu/device.js";
import type { Choice } from "../src/ops/op.js";
import type { OpProof } from "./ref/contract.js";
import { proofs } from "./ref/index.js";
import { runTrials, type TrialResult } from "./run-trials.js";
import { trialsOf } from "./trials.js";

export type { KernelTime } from "../src/bench/kernels.js";
export { debug, type Fault, type ProfileReport, type ProfileRow, profile, profileTable } from "../src/gpu/modes.js";
export { type Divergence, firstDivergence } from "../src/graph/divergence.js";
export { Interpreter, type References } from "../src/graph/interpret.js";
export type { CaseResult, GoldenSource } from "./golden/contract.js";
export type { FamilyResult } from "./golden/run.js";
export { pickFamilies, runFamily } from "./golden/run.js";
export { proofs, references } from "./ref/index.js";
export type { TrialResult } from "./run-trials.js";
export { runTrials } from "./run-trials.js";
export { trialsOf } from "./trials.js";

/** How trials went. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  /** The trial that came nearest to its bound, and its error over the bound. */
  readonly worst: { readonly trial: string; readonly ratio: number } | null;
  readonly failures: readonly string[];
}

/** How an op's kernels did: every kernel and variant that the device runs, on every case. */
export interface OpResult extends Verdict {
  readonly op: string;
}

/** How one kernel did, with its variants. */
export interface KernelResult extends OpResult {
  readonly kernel: string;
  /** The kernels that ran: this one, and those that take its place on other adapters. */
  readonly variants: readonly string[];
}

/** Every kernel of the op table as `linear/grad-w`, by its op. */
export const kernelNames: ReadonlyMap<string, readonly string[]> = /* @__PURE__ */ new Map(
  proofs
    .map(({ op }) => [op.name, choicesOf(op).map(({ plain }) => plain.twin)] as const)
    .filter(([, all]) => all.length),
);

/** Runs the kernels of one op against their twins. */
export async function verifyOp(device: Device, proof: OpProof): Promise<OpResult> {
  return { op: proof.op.name, ...verdict(await runTrials(device, trialsOf(proof, device.profile))) };
}

/** Runs kernels of one op against their twins, and tells of each.
 * @param op its name
 * @param kernel the only one to run, as `linear/grad-w`
 * @throws InputError for a name that is none */
export async function verifyKernels(device: Device, op: string, kernel?: string): Promise<KernelResult[]> {
  const proof = proofOf(op);
  const names = choicesOf(proof.op).map(({ plain }) => plain.twin);
  const chosen = kernel === undefined ? names : names.filter((name) => name === kernel);
  if (chosen.length === 0) throw new InputError(`${op} has no kernel "${kernel}"; it has ${names.join(", ")}.`);
  const trials = trialsOf(proof, device.profile).filter((trial) => chosen.includes(trial.kernel.twin));
  const results = await runTrials(device, trials);
  return chosen.map((name) => {
    const own = trials.map((trial, i) => ({ trial, result: results[i] })).filter((r) => r.trial.kernel.twin === name);
    const variants = [...new Set(own.map((r) => r.trial.kernel.name))];
    return { op, kernel: name, variants, ...verdict(own.map((r) => r.result)) };
  });
}

/** Times the kernel that this device takes on the bench's shape of its op.
 * @throws InputError for a name that is none */
export function timeKernel(device: Device, op: string, kernel: string): ReturnType<typeof timeChoice> {
  const { op: row } = proofOf(op);
  const choice = choicesOf(row).find(({ plain }) => plain.twin === kernel);
  const shapes = benchShapes(device.profile.software ? 1 : 16)[op];
  if (!choice || !shapes) throw new InputError(`${op} has no kernel "${kernel}" to time.`);
  return timeChoice(device, row, choice, shapes);
}

function choicesOf({ forward, backward }: OpProof["op"]): readonly Choice[] {
  return [...forward, ...backward];
}

function proofOf(op: string): OpProof {
  const proof = proofs.find((p) => p.op.name === op);
  if (!proof) throw new InputError(`There is no op "${op}"; there are ${proofs.map((p) => p.op.name).join(", ")}.`);
  return proof;
}

function verdict(results: readonly TrialResult[]): Verdict {
  const failures = results.flatMap((r) => r.failure ?? []);
  let worst: Verdict["worst"] = null;
  for (const { name, ratio } of results) if (!worst || ratio > worst.ratio) worst = { trial: name, ratio };
  return { passed: results.length - failures.length, failed: failures.length, worst, failures };
}
