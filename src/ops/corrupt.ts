import forward from "../../shaders/corrupt/forward.wgsl";
import gradX from "../../shaders/corrupt/grad-x.wgsl";
import hiddenForward from "../../shaders/corrupt/hidden.wgsl";
import { InputError } from "../errors.js";
import type { Attrs, Op, Shape, Shapes, Sizes } from "./op.js";
import { elements, kernel } from "./op.js";

/** Kinds by name; the numbers are the cases of shaders/corrupt. */
export const corruptions = { gaussian: 1, masking: 2, saltPepper: 3, patch: 4 } as const;

export type CorruptionName = keyof typeof corruptions;

function patches([, H, W]: Shape, side: number): number {
  return Math.ceil((H as number) / side) * Math.ceil((W as number) / side);
}

function check({ x }: Shapes, { kind, sigma, p, patch, ratio }: Attrs): void {
  const shape = x as Shape;
  const share = (name: string, value: unknown): void => {
    if (!(Number(value) >= 0 && Number(value) <= 1))
      throw new InputError(`corrupt: ${name} is ${value}; give a share from 0 to 1.`);
  };
  if (kind === corruptions.gaussian) {
    if (!(Number(sigma) >= 0 && Number.isFinite(Number(sigma))))
      throw new InputError(`corrupt: sigma is ${sigma}; give a standard deviation from 0.`);
  } else if (kind === corruptions.masking || kind === corruptions.saltPepper) share("p", p);
  else if (kind === corruptions.patch) {
    share("ratio", ratio);
    if (shape.length !== 4)
      throw new InputError(`corrupt: x is [${shape}]; patches need images [B,H,W,C], so take another kind or reshape.`);
    if (!(Number.isInteger(patch) && Number(patch) >= 1))
      throw new InputError(`corrupt: the side of a patch is ${patch}; give a whole number of pixels from 1.`);
  } else throw new InputError(`corrupt: there is no kind ${kind}; give a number of corruptions.`);
}

function sizes({ x }: Shapes, { kind, sigma, p, patch, ratio }: Attrs): Sizes {
  const shape = x as Shape;
  const none = { N: elements(shape), H: 1, W: 1, C: 1, P: 1, hidden: 0, amount: 0 };
  if (kind !== corruptions.patch)
    return { ...none, amount: Math.fround(Number(kind === corruptions.gaussian ? sigma : p)) };
  const [, H, W, C] = shape as [number, number, number, number];
  return { ...none, H, W, C, P: Number(patch), hidden: Math.round(Number(ratio) * patches(shape, Number(patch))) };
}

/** The corruption of a denoising autoencoder (Vincent et al. 2010, "Stacked denoising autoencoders"; patches: He et al. 2022,
 * "Masked autoencoders are scalable vision learners"). y has x's shape. Attrs: kind (a number of `corruptions`), and
 * gaussian: sigma, y = x + sigma n, not clipped; masking: p, the chance of 0; saltPepper: p, the chance of 0 or 1, equal;
 * patch: side `patch` and `ratio`, exactly round(ratio * patches) patches of each image to 0.
 * The draws do not depend on x. */
export const corrupt: Op = {
  name: "corrupt",
  inputs: ["x"],
  outputs: (shapes, attrs) => {
    check(shapes, attrs);
    return { y: shapes.x as Shape };
  },
  sizes,
  overrides: (_, { kind }) => ({ KIND: Number(kind) }),
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  // Two normal numbers share a radius and an angle: 9.
  flops: ({ N }, { KIND }) => ({ forward: KIND === corruptions.gaussian ? 6.5 * N : 0, "grad-x": 0 }),
};

/** Where `corrupt` with the same attrs takes the place of x in this step: 1 there, 0 elsewhere. x [B, ...] for its shape alone; y
 * has it too. Attrs: those of `corrupt`, not gaussian, which takes the place of nothing. */
export const hidden: Op = {
  name: "hidden",
  inputs: ["x"],
  outputs: (shapes, attrs) => {
    check(shapes, attrs);
    if (attrs.kind === corruptions.gaussian)
      throw new InputError("hidden: gaussian noise hides nothing; take masking, saltPepper or patch.");
    return { y: shapes.x as Shape };
  },
  sizes,
  overrides: (_, { kind }) => ({ KIND: Number(kind) }),
  forward: [kernel(hiddenForward)],
  backward: [],
  flops: () => ({ hidden: 0 }),
};
