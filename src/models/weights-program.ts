import type { Device } from "../gpu/device.js";
import { Program } from "../gpu/program.js";

/** A program that holds nothing but what a model has learnt, for a run that was loaded from a file: its weight arena, and its
 * statistics where it has such (batch norm's running ones). */
export function weightsProgram(
  device: Device,
  weight: Float32Array,
  statistics: Float32Array = new Float32Array(0),
): Program {
  const arenas = [
    ["weight arena", weight, "weights"] as const,
    ["statistics arena", statistics, "statistics"] as const,
  ];
  const program = new Program(device, {
    dispatches: [],
    buffers: arenas.map(([name, { byteLength }, role]) => ({
      name,
      bytes: Math.max(256, byteLength),
      shareable: true,
      role,
    })),
    places: new Map(),
    sizesData: new Uint8Array(256),
  });
  for (const [name, values] of arenas) if (values.length > 0) program.writeBuffer(name, values);
  return program;
}
