import type { Device } from "../gpu/device.js";
import { mostRows } from "../train/config.js";
import type { Common } from "./common.js";
import { print } from "./common.js";
import type { Work } from "./session.js";

/** `train --dry-run`: what training would take on this device. Makes no buffer, no file. @throws DoesNotFitError */
export function dryRun(options: Common, device: Device, { config, planned }: Work): void {
  const { memory, largestBatch: most } = planned(device);
  const { roles, peak, largestBinding, largestTensors } = memory;
  const limit = device.limits.maxStorageBufferBindingSize;
  const rows: readonly (readonly [string, number, string?])[] = [
    ...Object.entries(roles),
    ["peak", peak],
    ["largest binding", largestBinding.bytes, `${largestBinding.tensor}; the adapter binds at most ${limit}`],
    ...largestTensors.map(({ tensor, bytes }) => ["tensor", bytes, tensor] as const),
  ];
  const digits = Math.max(...rows.map(([, bytes]) => bytes.toLocaleString("en").length));
  const lines = rows.map(([name, bytes, what]) =>
    `  ${name.padEnd(16)}${bytes.toLocaleString("en").padStart(digits)} bytes${what ? `  ${what}` : ""}`.trimEnd(),
  );
  print(
    options.json,
    {
      preset: config.preset,
      adapter: device.adapter.name,
      batch: config.batch,
      roles,
      peak,
      largestBinding: { ...largestBinding, limit },
      largestTensors,
      largestBatch: most,
    },
    [
      `Training ${config.preset ?? "this config"} with a batch of ${config.batch} on ${device.adapter.name} takes:`,
      ...lines,
      `The largest batch that fits is ${most}${most === mostRows ? " (the most that a config takes)" : ""}.`,
    ].join("\n"),
  );
}
