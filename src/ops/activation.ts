import forward from "../../shaders/activation/forward.wgsl";
import gradX from "../../shaders/activation/grad-x.wgsl";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** Kinds by name; the numbers are the cases of shaders/lib/activation.wgsl. */
export const activations = {
  none: 0,
  relu: 1,
  "leaky-relu": 2,
  elu: 3,
  sigmoid: 4,
  tanh: 5,
  silu: 6,
  softplus: 7,
  gelu: 8,
  "gelu-tanh": 9,
  exp: 10,
} as const;

export type ActivationName = keyof typeof activations;

/** Kinds whose derivative needs the input, not only the output. */
export const needsInput = (kind: number): boolean =>
  kind === activations.silu || kind === activations.gelu || kind === activations["gelu-tanh"];

/** What `slope` means and is by default: the leak of leaky-relu, the alpha of elu. */
export const defaultSlope = (kind: number): number => (kind === activations["leaky-relu"] ? 0.01 : 1);

/** y = activation(x), elementwise. Attrs: kind (a number of `activations`), slope. */
export const activation: Op = {
  name: "activation",
  inputs: ["x"],
  outputs: ({ x }) => ({ y: x as Shape }),
  sizes: ({ x }, { kind, slope }) => ({ N: elements(x as Shape), slope: Number(slope ?? defaultSlope(Number(kind))) }),
  overrides: (_, { kind }) => ({ KIND: Number(kind) }),
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: ({ N }) => ({ forward: N, "grad-x": 2 * N }),
};
