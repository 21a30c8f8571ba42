import type { DeviceDescription } from "latentgpu";
import type { KernelResult, KernelTime } from "latentgpu/verify";

/** A whole op, or one kernel of it. */
export interface Job {
  readonly op: string;
  readonly kernel?: string;
}

export type Request = { readonly kind: "run"; readonly jobs: readonly Job[] } | { readonly kind: "stop" };

export interface LabResult extends KernelResult {
  /** Nothing where the shape for timing does not fit this GPU; then `untimed` says why. */
  readonly time?: KernelTime;
  readonly untimed?: string;
}

/** What the copied JSON says of the GPU. */
export interface Machine extends DeviceDescription {
  readonly clock: "timestamps" | "wall";
}

export type Reply =
  | { readonly kind: "machine"; readonly machine: Machine }
  | { readonly kind: "doing"; readonly job: Job }
  | { readonly kind: "result"; readonly result: LabResult }
  | { readonly kind: "idle" }
  | { readonly kind: "failed"; readonly message: string };
