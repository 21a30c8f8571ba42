import { freemem, totalmem } from "node:os";
import type { Command } from "commander";
import type { DeviceDescription } from "../gpu/device.js";
import type { Common } from "./common.js";
import { action, openDevice, print, withCommon } from "./common.js";

/** `latentgpu info`. */
export function register(program: Command): void {
  const command = program
    .command("info")
    .summary("the adapter in use: driver, features, limits, memory")
    .description("Tells which adapter, driver, features and limits are in use, and warns when it is a software one.");
  withCommon(command).action(action(info));
}

async function info(options: Common): Promise<void> {
  const device = await openDevice(options);
  try {
    const description = device.describe();
    const memory = { systemBytes: totalmem(), freeBytes: freemem(), processBytes: process.memoryUsage().rss };
    print(options.json, { ...description, memory }, page(description, memory));
  } finally {
    await device.dispose();
  }
}

const mib = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;

function page(
  { adapter, features, limits, profile }: DeviceDescription,
  memory: { systemBytes: number; freeBytes: number; processBytes: number },
): string {
  const lines: readonly (readonly [string, string])[] = [
    ["adapter", adapter.name],
    ["kind", `${adapter.origin}${adapter.software ? " (computes on the CPU)" : ""}`],
    ["driver", adapter.driver ?? "unknown"],
    ["backend", adapter.backend],
    ["features", features.join(", ") || "none"],
    [
      "profile",
      `${profile.class}, ${profile.matmul} kernels, ${profile.subgroupSize ? `subgroups of ${profile.subgroupSize}` : "no fixed subgroup size"}`,
    ],
    ["submit budget", `${profile.timeBudgetMs} ms`],
    ["largest buffer", mib(limits.maxBufferSize)],
    ["largest binding", mib(limits.maxStorageBufferBindingSize)],
    ["storage buffers", `${limits.maxStorageBuffersPerShaderStage} a kernel`],
    [
      "workgroup",
      `${limits.maxComputeInvocationsPerWorkgroup} threads, ${limits.maxComputeWorkgroupStorageSize} bytes`,
    ],
    ["workgroups", `${limits.maxComputeWorkgroupsPerDimension} a dimension`],
    [
      "memory",
      `${mib(memory.systemBytes)} in the system, ${mib(memory.freeBytes)} free, ${mib(memory.processBytes)} in this process`,
    ],
  ];
  return lines.map(([name, value]) => `${name.padEnd(16)}${value}`).join("\n");
}
