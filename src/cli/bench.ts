import { Argument, type Command } from "commander";
import { kernelTable } from "../bench/kernel-table.js";
import { measure } from "../bench/measure.js";
import { quantizerTable } from "../bench/quantizers.js";
import { workloadsNamed } from "../bench/workloads.js";
import type { Common } from "./common.js";
import { action, openDevice, print, whole, withCommon } from "./common.js";

interface Options extends Common {
  readonly only?: string;
  readonly kernels?: string | true;
  readonly steps?: number;
  readonly warm: number;
  readonly budget: number;
}

const meter = {
  cpuMs: (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  maxRssMb: (): number => Math.round(process.resourceUsage().maxRSS / 1024),
};

/** `latentgpu bench`: reference workloads on this device, a line each. */
export function register(program: Command): void {
  withCommon(program.command("bench"))
    .description(
      "time reference workloads on this device; `bench quantizers`: every quantizer on the same model and data",
    )
    .addArgument(new Argument("[table]", "instead of workloads").choices(["quantizers"]))
    .option("--only <names>", "workloads by name, separated by commas")
    .option("--kernels [ops]", "instead: every kernel, or those of these ops, against the adapter's measured peak")
    .option(
      "--steps <n>",
      "steps that are timed, or that each quantizer trains (default: 10, or 400)",
      whole("--steps", 1, 1_000_000),
    )
    .option("--warm <n>", "steps before them", whole("--warm", 1, 1_000_000), 3)
    .option("--budget <seconds>", "stop timing a workload after so long", whole("--budget", 1, 86_400), 60)
    .action(
      action(async (table: "quantizers" | undefined, options: Options) => {
        const { kernels, only, steps, warm } = options;
        const chosen = workloadsNamed(only?.split(","));
        const device = await openDevice(options);
        try {
          if (table === "quantizers") {
            const trained = { steps: warm + (steps ?? 400), warm };
            for await (const { row, text } of quantizerTable(device, trained)) print(options.json, row, text);
            return;
          }
          if (kernels !== undefined) {
            const names = kernels === true ? undefined : kernels.split(",");
            for await (const { row, text } of kernelTable(device, meter, names)) print(options.json, row, text);
            return;
          }
          for (const workload of chosen) {
            if (workload.heavy && only === undefined && device.profile.software) {
              const skipped = `left out: ${device.adapter.name} computes on the CPU and would take minutes; name it with --only ${workload.name}`;
              print(options.json, { workload: workload.name, skipped }, `${workload.name.padEnd(14)} ${skipped}`);
              continue;
            }
            const limits = { n: steps ?? 10, warm, budgetSeconds: options.budget };
            const result = await measure(device, workload, meter, limits);
            const { ms_median, ms_min, ms_pipelined, gflops_best } = result;
            const text = `${workload.name.padEnd(14)} ${String(ms_median).padStart(9)} ms median ${String(ms_min).padStart(9)} min ${String(ms_pipelined).padStart(9)} pipelined ${String(gflops_best).padStart(9)} GFLOP/s   ${workload.what}`;
            print(options.json, result, text);
          }
        } finally {
          await device.dispose();
        }
      }),
    );
}
