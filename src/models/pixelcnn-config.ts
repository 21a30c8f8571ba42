import type { Rule } from "../check.js";
import { rules } from "../check.js";
import { InputError } from "../errors.js";

/** A map of codes: its sides and how many codes there are. */
export interface CodeMap {
  /** [H, W]. */
  readonly shape: readonly [number, number];
  /** Codes are below it. */
  readonly numEmbeddings: number;
}

/** A gated PixelCNN over maps of codes: the prior of a VQ-VAE. */
export interface PixelCnnConfig extends CodeMap {
  readonly kind: "pixelcnn";
  /** Of both stacks. */
  readonly channels: number;
  /** Gated layers, the first counted in. */
  readonly layers: number;
  /** Side of the kernels, odd. Default 3. */
  readonly kernel?: number;
  /** Side of the first layer's kernels, odd. Default 7. */
  readonly firstKernel?: number;
  /** Of the skip connections and the head. Default: as many as the stacks'. */
  readonly headChannels?: number;
  /** Makes it class-conditional: labels are below it. */
  readonly numClasses?: number;
  /** The coarser map that this one depends on: the top level of a VQ-VAE-2. Its sides divide this one's. */
  readonly top?: CodeMap;
}

const side = rules.integer(1, 1024);
const sides = rules.list(side, 2, 2) as unknown as Rule<readonly [number, number]>;
const codes = rules.integer(1, 65_536);
const odd: Rule<number> = (value, path) => {
  const found = rules.integer(3, 31)(value, path);
  if (found % 2 === 0)
    throw new InputError(`${path} is ${found}; a masked kernel has a middle, so give an odd number from 3 to 31.`);
  return found;
};

const rule: Rule<PixelCnnConfig> = rules.object<PixelCnnConfig>({
  kind: rules.oneOf("pixelcnn"),
  shape: sides,
  numEmbeddings: codes,
  channels: rules.integer(1, 4096),
  layers: rules.integer(1, 256),
  kernel: rules.optional(odd),
  firstKernel: rules.optional(odd),
  headChannels: rules.optional(rules.integer(1, 8192)),
  numClasses: rules.optional(rules.integer(1, 65_536)),
  top: rules.optional(rules.object<CodeMap>({ shape: sides, numEmbeddings: codes })),
});

/** Checks a prior's config. */
export const pixelCnnRule: Rule<PixelCnnConfig> = (value, path) => {
  const config = rule(value, path);
  const { shape, top } = config;
  if (top && shape.some((n, i) => n % (top.shape[i] as number) !== 0))
    throw new InputError(
      `${path}.top.shape is [${top.shape}] and ${path}.shape [${shape}]; the top map's sides must divide the map's.`,
    );
  return config;
};
