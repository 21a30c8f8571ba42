import type { Command } from "commander";
import type { FamilyResult, OpResult } from "../../kernels-test/verify.js";
import type { Common } from "./common.js";
import { action, openDevice, print, withCommon } from "./common.js";

interface Options extends Common {
  readonly golden?: string;
  readonly data: string;
  readonly family?: readonly string[];
}

/** latentgpu verify: every kernel on this device against its float64 twin, or whole ops and models against golden tensors. */
export function register(program: Command): void {
  withCommon(program.command("verify"))
    .description("every kernel on this device against its float64 twin, or against golden tensors")
    .option("--golden <dir>", "run the cases of golden tensors in this folder instead")
    .option("--data <dir>", "with --golden: the folder of the trajectories' data (mnist, fashion)", "../shared/data")
    .option("--family <names>", "with --golden: only these families, with commas between", (text) => text.split(","))
    .action(
      action(async (options: Options) => {
        const failed = options.golden === undefined ? await kernels(options) : await golden(options, options.golden);
        if (failed > 0) process.exitCode = 1;
      }),
    );
}

/** The twins are a part of the package that nothing else loads. */
const load = () => import("../../kernels-test/verify.js");

async function kernels(options: Options): Promise<number> {
  const { proofs, verifyOp } = await load();
  const device = await openDevice(options);
  const sums = { passed: 0, failed: 0 };
  try {
    for (const proof of proofs) {
      const result = await verifyOp(device, proof);
      sums.passed += result.passed;
      sums.failed += result.failed;
      print(options.json, result, opText(result));
    }
  } finally {
    await device.dispose();
  }
  print(options.json, sums, `${sums.passed} passed, ${sums.failed} failed on ${device.adapter.name}`);
  return sums.failed;
}

async function golden(options: Options, folder: string): Promise<number> {
  const { folderSource, pickFamilies, runFamily } = await load();
  const source = folderSource(folder, options.data);
  const families = pickFamilies(source, options.family);
  const device = await openDevice(options);
  const sums = { passed: 0, failed: 0, missing: 0 };
  try {
    for (const name of families) {
      const result = await runFamily(device, source, name);
      sums.passed += result.passed;
      sums.failed += result.failed;
      sums.missing += result.missing;
      print(options.json, result, familyText(result));
    }
  } finally {
    await device.dispose();
  }
  const { passed, failed, missing } = sums;
  print(options.json, sums, `${passed} passed, ${failed} failed, ${missing} missing on ${device.adapter.name}`);
  return failed;
}

const percent = (ratio: number): string => `${(100 * ratio).toFixed(0)} %`;
const lines = (head: string, rest: readonly string[]): string =>
  [head, ...rest.map((line) => `    ${line}`)].join("\n");

function opText({ op, passed, failed, worst, failures }: OpResult): string {
  const nearest = worst ? `, at most ${percent(worst.ratio)} of the bound (${worst.trial})` : "";
  return lines(`${op.padEnd(18)} ${passed} passed, ${failed} failed${nearest}`, failures);
}

function familyText({ family, passed, failed, missing, worst, missingCases, failures }: FamilyResult): string {
  const nearest = worst
    ? `, at most ${percent(worst.error === 0 ? 0 : worst.error / worst.bound)} of the bound (${worst.case}/${worst.tensor})`
    : "";
  const without = missingCases.length > 0 ? [`no op for ${missingCases.join(", ")}`] : [];
  return lines(`${family.padEnd(18)} ${passed} passed, ${failed} failed, ${missing} missing${nearest}`, [
    ...failures,
    ...without,
  ]);
}
