import adagradKernel from "../../shaders/optimizer/adagrad.wgsl";
import adamVec4 from "../../shaders/optimizer/adam.vec4.wgsl";
import adamKernel from "../../shaders/optimizer/adam.wgsl";
import rmspropKernel from "../../shaders/optimizer/rmsprop.wgsl";
import sgdKernel from "../../shaders/optimizer/sgd.wgsl";
import { InputError } from "../errors.js";
import type { Attrs, Op, Shape, Shapes } from "./op.js";
import { elements, kernel, sameShape } from "./op.js";

// Rows that walk whole arenas and rewrite them in place, so they have no outputs. A moment that the switches leave untouched is
// still bound: WebGPU forbids binding another arena twice, so the caller hands over a tensor of one element.

/** Refuses moments of another shape than the weights'. */
function checked(row: string, shapes: Shapes, moments: readonly string[]): Shapes {
  for (const name of ["dw", ...moments])
    if (!sameShape(shapes[name] as Shape, shapes.w as Shape))
      throw new InputError(
        `${row}: ${name} has the shape [${shapes[name]}] and w [${shapes.w}]; both must be whole arenas of one model.`,
      );
  return {};
}

const count = ({ w }: Shapes): number => elements(w as Shape);

const adamSizes = (shapes: Shapes, { beta1, beta2, eps, weightDecay }: Attrs): Record<string, number> => ({
  N: count(shapes),
  beta1: Number(beta1),
  beta2: Number(beta2),
  rest1: 1 - Number(beta1),
  rest2: 1 - Number(beta2),
  eps: Number(eps),
  weightDecay: Number(weightDecay),
});

const adamMoments = ({ amsgrad }: Attrs): string[] => ["m", "v", ...(amsgrad ? ["vmax"] : [])];

/** One step of Adam (Kingma and Ba 2015), weight decay as an L2 term of the gradient. Attrs: beta1, beta2, eps, weightDecay,
 * amsgrad (Reddi et al. 2018). Step: lr, correction1 = 1 - beta1^t, correction2 = 1 - beta2^t. */
export const adam: Op = {
  name: "adam",
  inputs: ["w", "dw", "m", "v", "vmax"],
  outputs: (shapes, attrs) => checked("adam", shapes, adamMoments(attrs)),
  sizes: adamSizes,
  overrides: (_, { amsgrad }) => ({ AMSGRAD: amsgrad === true }),
  forward: [kernel(adamKernel, [adamVec4, (_, { N }) => N % 4 === 0])],
  backward: [],
  flops: ({ N }) => ({ adam: 15 * N }),
};

/** One step of AdamW (Loshchilov and Hutter 2019): weights decay by themselves, beside the gradient. Attrs as `adam`. */
export const adamw: Op = {
  ...adam,
  name: "adamw",
  outputs: (shapes, attrs) => checked("adamw", shapes, adamMoments(attrs)),
  overrides: (_, { amsgrad }) => ({ AMSGRAD: amsgrad === true, DECOUPLED: true }),
};

/** One step of gradient descent, with momentum where it is not 0. Attrs: momentum, nesterov, weightDecay (L2).
 * Step: lr, correction1 = 1 in the first step, then 1 - dampening. */
export const sgd: Op = {
  name: "sgd",
  inputs: ["w", "dw", "m"],
  outputs: (shapes, { momentum }) => checked("sgd", shapes, Number(momentum) > 0 ? ["m"] : []),
  sizes: (shapes, { momentum, weightDecay }) => ({
    N: count(shapes),
    momentum: Number(momentum),
    weightDecay: Number(weightDecay),
  }),
  overrides: (_, { momentum, nesterov }) => ({ MOMENTUM: Number(momentum) > 0, NESTEROV: nesterov === true }),
  forward: [kernel(sgdKernel)],
  backward: [],
  flops: ({ N }, { MOMENTUM, NESTEROV }) => ({ sgd: N * (4 + (MOMENTUM ? 3 : 0) + (NESTEROV ? 2 : 0)) }),
};

/** Where the epsilon of RMSprop stands: beside the root (PyTorch) or under it (Keras, TensorFlow). */
export const rmspropForms = { torch: 0, keras: 1 } as const;

/** One step of RMSprop (Hinton 2012). Attrs: alpha, eps, momentum, centered (Graves 2013), weightDecay (L2), form (a number of
 * `rmspropForms`). Step: lr. */
export const rmsprop: Op = {
  name: "rmsprop",
  inputs: ["w", "dw", "v", "m", "mean"],
  outputs: (shapes, { momentum, centered }) =>
    checked("rmsprop", shapes, ["v", ...(Number(momentum) > 0 ? ["m"] : []), ...(centered ? ["mean"] : [])]),
  sizes: (shapes, { alpha, momentum, eps, weightDecay }) => ({
    N: count(shapes),
    alpha: Number(alpha),
    rest: 1 - Number(alpha),
    momentum: Number(momentum),
    eps: Number(eps),
    weightDecay: Number(weightDecay),
  }),
  overrides: (_, { momentum, centered, form }) => ({
    FORM: Number(form),
    MOMENTUM: Number(momentum) > 0,
    CENTERED: centered === true,
  }),
  forward: [kernel(rmspropKernel)],
  backward: [],
  flops: ({ N }, { MOMENTUM, CENTERED }) => ({ rmsprop: N * (11 + (MOMENTUM ? 2 : 0) + (CENTERED ? 5 : 0)) }),
};

/** One step of Adagrad (Duchi et al. 2011). Attrs: eps, weightDecay (L2). Step: lr, already decayed. */
export const adagrad: Op = {
  name: "adagrad",
  inputs: ["w", "dw", "v"],
  outputs: (shapes) => checked("adagrad", shapes, ["v"]),
  sizes: (shapes, { eps, weightDecay }) => ({
    N: count(shapes),
    eps: Number(eps),
    weightDecay: Number(weightDecay),
  }),
  forward: [kernel(adagradKernel)],
  backward: [],
  flops: ({ N }) => ({ adagrad: 9 * N }),
};
