import type { DType, Shape } from "../ops/op.js";
import { elements } from "../ops/op.js";

/** Who owns a tensor's memory. Weights, gradients, moments and statistics live in arenas; activations in reusable slots; the rest has a
 * buffer of its own: `input` is written by the host, `output` stays readable after a run, `zeros` is never written,
 * `ring` takes the losses of each step. */
export type Role =
  | "weight"
  | "gradient"
  | "moment"
  | "statistic"
  | "activation"
  | "input"
  | "output"
  | "zeros"
  | "ring";

/** A description: name, shape, role. It holds no memory. */
export interface Tensor {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  role: Role;
  /** The tensor whose memory this one shares (a reshape). */
  readonly viewOf?: Tensor;
  /** For arena roles: which arena ("weight", "gradient", "moment1", "statistics", ...). */
  readonly arena?: string;
  /** Element offset within its arena. */
  readonly offset?: number;
}

export function root(tensor: Tensor): Tensor {
  return tensor.viewOf ? root(tensor.viewOf) : tensor;
}

/** Bytes on the GPU; u8 rows are packed four to a word. Padded so that a vec4 view is whole. */
export function byteLength(tensor: Pick<Tensor, "shape" | "dtype">): number {
  const bytes = elements(tensor.shape) * (tensor.dtype === "u8" ? 1 : 4);
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}
