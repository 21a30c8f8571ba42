import { InputError } from "../../src/errors.js";
import type { Device } from "../../src/gpu/device.js";
import { passes, worst } from "../compare.js";
import type { CaseResult, Family, GoldenCase, GoldenSource, Got, Runner, WorstElement } from "./contract.js";
import { readCases } from "./contract.js";
import { families } from "./families.js";
import { runTrajectories } from "./trajectories.js";

export interface FamilyResult {
  readonly family: string;
  readonly passed: number;
  readonly failed: number;
  readonly missing: number;
  readonly worst: ({ readonly case: string } & WorstElement) | null;
  /** Cases without an op, as `case3 conv2d`. */
  readonly missingCases: readonly string[];
  readonly failures: readonly string[];
}

const TRAJECTORIES = "trajectories";

/** Names of the families that a folder holds, sorted, trajectories last. */
export function familyNames(source: GoldenSource): string[] {
  const files = source.names.filter((n) => n.endsWith(".safetensors")).map((n) => n.replace(".safetensors", ""));
  return [...files.sort(), ...(source.names.includes("trajectories.json") ? [TRAJECTORIES] : [])];
}

/** Integers have a bound of 0. */
const ratio = ({ error, bound }: Pick<WorstElement, "error" | "bound">): number => (error === 0 ? 0 : error / bound);

/** Judges what a runner computed: every tensor that is no input, by the golden README's rule. */
export function judge(item: GoldenCase, got: Got): CaseResult {
  let found: WorstElement | undefined;
  const failures: string[] = [];
  for (const name of item.wanted) if (!got[name]) failures.push(`${name} was not computed`);
  for (const [tensor, values] of Object.entries(got)) {
    const want = item.want(tensor).data;
    const limit = item.bound(tensor);
    if (values.length !== want.length) {
      failures.push(`${tensor} has ${values.length} values for ${want.length}`);
      continue;
    }
    const d = worst(values, want, () => limit);
    const { error, bound } = d;
    if (!passes(d)) failures.push(`${tensor}[${d.index}] is ${d.got}, PyTorch ${d.want}, bound ${bound}`);
    if (!found || ratio(d) > ratio(found)) found = { tensor, error, bound };
  }
  const failed = failures.length > 0;
  return {
    case: item.name,
    op: item.op,
    outcome: failed ? "failed" : "passed",
    ...(found ? { worst: found } : {}),
    ...(failed ? { failure: `${item.name} ${item.op}: ${failures.join("; ")}` } : {}),
  };
}

async function attempt(device: Device, item: GoldenCase, runner: Runner | undefined): Promise<CaseResult> {
  if (!runner) return { case: item.name, op: item.op, outcome: "missing" };
  try {
    return judge(item, await runner(device, item));
  } catch (error) {
    const failure = `${item.name} ${item.op}: ${(error as Error).message}`;
    return { case: item.name, op: item.op, outcome: "failed", failure };
  }
}

/** Runs every case of one family. */
export async function runFamily(
  device: Device,
  source: GoldenSource,
  name: string,
  known: readonly Family[] = families,
): Promise<FamilyResult> {
  if (name === TRAJECTORIES) return summary(name, await runTrajectories(device, source));
  const file = `${name}.safetensors`;
  const family = known.find((f) => f.name === name);
  const results: CaseResult[] = [];
  for (const item of readCases(await source.read(file), file))
    results.push(await attempt(device, item, family?.runner(item.op, item.params)));
  return summary(name, results);
}

function summary(family: string, results: readonly CaseResult[]): FamilyResult {
  const count = (outcome: CaseResult["outcome"]): number => results.filter((r) => r.outcome === outcome).length;
  let found: FamilyResult["worst"] = null;
  for (const { case: at, worst: w } of results)
    if (w && (!found || ratio(w) > ratio(found))) found = { case: at, ...w };
  return {
    family,
    passed: count("passed"),
    failed: count("failed"),
    missing: count("missing"),
    worst: found,
    missingCases: results.filter((r) => r.outcome === "missing").map((r) => `${r.case} ${r.op}`),
    failures: results.flatMap((r) => r.failure ?? []),
  };
}

/** Families by their names, in the folder's order; all where none is named.
 * @throws InputError for a name that the folder does not hold */
export function pickFamilies(source: GoldenSource, wanted: readonly string[] | undefined): string[] {
  const all = familyNames(source);
  const unknown = wanted?.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new InputError(`There is no family "${unknown}"; there are ${all.join(", ")}.`);
  return wanted ? all.filter((name) => wanted.includes(name)) : all;
}
