import type { CodeMaps } from "../data/codes.js";
import type { Dataset } from "../data/dataset.js";
import {
  DeviceLostError,
  DisposedError,
  DoesNotFitError,
  GpuError,
  InputError,
  NoAdapterError,
  NotFiniteError,
} from "../errors.js";
import type { PageCanvas } from "../gpu/canvas.js";
import type { View } from "../models/views.js";
import type { Verb } from "./answers.js";
import type { AnyRunConfig } from "./config.js";
import type { Health } from "./health.js";
import type { EpochLosses, StepLosses } from "./losses.js";
import type { RunFiles } from "./run-files.js";
import type { TrainBeginning } from "./session.js";

/** What a page tells its training worker. */
export type Request =
  | {
      readonly kind: "begin";
      readonly config: AnyRunConfig;
      readonly data: Dataset | CodeMaps | undefined;
      readonly state: Uint8Array | undefined;
      readonly adapter: string | undefined;
      readonly recover: boolean;
      readonly snapshotEvery: number | undefined;
      /** Whether the page wants the files of each checkpoint. */
      readonly saves: boolean;
    }
  | { readonly kind: "stop" | "pause" | "resume" }
  | Asked
  | {
      readonly kind: "set";
      readonly id: number;
      readonly values: Float32Array | Uint32Array;
      readonly labels: ArrayLike<number> | undefined;
    }
  | { readonly kind: "hide"; readonly id: number };

/** What the worker answers, once each. */
export type Asked = { readonly id: number } & (
  | { readonly kind: "save" }
  | { readonly kind: "ask"; readonly verb: Verb; readonly values: readonly unknown[] }
  | { readonly kind: "show"; readonly canvas: PageCanvas; readonly view: View; readonly fps: number }
);

/** What the worker tells. */
export type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "trainBegin"; readonly beginning: TrainBeginning }
  | { readonly kind: "steps"; readonly steps: readonly StepLosses[] }
  | { readonly kind: "epoch"; readonly losses: EpochLosses }
  | { readonly kind: "health"; readonly health: Health }
  | { readonly kind: "checkpoint"; readonly files: RunFiles }
  | { readonly kind: "log"; readonly text: string }
  | { readonly kind: "answer"; readonly id: number; readonly value?: unknown; readonly error?: Told }
  | { readonly kind: "done"; readonly files: RunFiles }
  | { readonly kind: "failed"; readonly error: Told };

/** An error as a message: cloning one loses its class. */
export interface Told {
  readonly name: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function tellError(error: unknown): Told {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), fields: {} };
  const { name, message } = error;
  return { name, message, fields: { ...error } };
}

/** What training may throw. */
const known: Readonly<Record<string, { readonly prototype: Error }>> = {
  DeviceLostError,
  DisposedError,
  DoesNotFitError,
  GpuError,
  InputError,
  NoAdapterError,
  NotFiniteError,
};

/** The error again, of its own class. */
export function untold({ name, message, fields }: Told): Error {
  const Class = Object.hasOwn(known, name) ? known[name] : Error;
  const error = Object.create(Class.prototype) as Error;
  return Object.assign(error, { ...fields, name, message, stack: `${name}: ${message}` });
}
