import type { Rule } from "../../check.js";
import { rules } from "../../check.js";
import { InputError } from "../../errors.js";

/** A learnt codebook: each vector becomes its nearest code (van den Oord et al. 2017, "Neural discrete representation learning"). */
export interface CodebookConfig {
  readonly kind: "codebook";
  /** Codes. */
  readonly numEmbeddings: number;
  /** Channels that come in and go out. */
  readonly embeddingDim: number;
  /** Weight of the pull of the encoder to its codes. Default 0.25. */
  readonly commitmentCost?: number;
  /** Weight of the pull of the codes to the encoder. Default 1; with useEma there is none. */
  readonly codebookCost?: number;
  /** Codes are running means of their vectors in place of weights with a gradient. */
  readonly useEma?: boolean;
  /** Of the running means, and of the running usage that deadCodeThreshold looks at. Default 0.99. */
  readonly decay?: number;
  /** A code whose running usage, in vectors a step, falls below this becomes a vector of the batch. Without it none does. */
  readonly deadCodeThreshold?: number;
  /** Codes start as the k-means of the first batch. */
  readonly kmeansInit?: boolean;
  /** Gradients are turned along with the vector (Fifty et al. 2024, "Restructuring vector quantization with the rotation trick"),
   * in place of straight through. */
  readonly rotationTrick?: boolean;
  /** Vectors and codes are brought to length 1: the nearest by angle (Yu et al. 2022, "Vector-quantized image modeling"). */
  readonly cosine?: boolean;
  /** Channels that codes have: a linear layer leads there and another one back (same paper). Default embeddingDim. */
  readonly projectionDim?: number;
  /** Codes start from U(-bound, bound). Default 1 / numEmbeddings, with cosine 1. */
  readonly initBound?: number;
  /** Several codebooks, each for what those before it leave (Zeghidour et al. 2021, "SoundStream"); with the chance `dropout` a
   * step trains a drawn number of them only. */
  readonly residual?: { readonly quantizers: number; readonly dropout?: number };
}

/** Finite scalar quantization: each channel is rounded to one of its levels, no codebook (Mentzer et al. 2024). */
export interface FsqConfig {
  readonly kind: "fsq";
  /** Values of each channel; their product is the number of codes. */
  readonly levels: readonly number[];
  /** Channels that come in and go out; where there are not as many levels, linear layers lead there and back. */
  readonly embeddingDim: number;
}

/** Lookup-free quantization: the sign of each channel (Yu et al. 2024, "Language model beats diffusion"). */
export interface LfqConfig {
  readonly kind: "lfq";
  /** Codes, a power of 2: a channel for each factor. */
  readonly numEmbeddings: number;
  /** Channels that come in and go out; where these are not log2(numEmbeddings), linear layers lead there and back. */
  readonly embeddingDim: number;
  /** Weight of the pull to the signs. Default 0.02. */
  readonly commitmentCost?: number;
  /** Weight of the entropy of each vector's choice, less that of their mean: sure choices, and all of them used. Default 0.005. */
  readonly entropyCost?: number;
  /** Weight of the mean's entropy against that of each vector. Above 1 it is worth more to use all codes than to be sure of one,
   * which gets an encoder off the ground whose vectors are all alike. Default 2. */
  readonly diversity?: number;
  /** How soft that choice is taken: softmax(-|z - code|^2 / temperature). Default 1. */
  readonly temperature?: number;
}

/** How latents become codes. */
export type QuantizerConfig = CodebookConfig | FsqConfig | LfqConfig;

/** Most codes of a codebook: what the search was built and tested for. */
const mostCodes = 16_384;
const channels = rules.integer(1, 512);
const cost = rules.optional(rules.number(0, 1000));
const flag = rules.optional(rules.boolean);

const codebookRule: Rule<CodebookConfig> = rules.object<CodebookConfig>({
  kind: rules.oneOf("codebook"),
  numEmbeddings: rules.integer(1, mostCodes),
  embeddingDim: channels,
  commitmentCost: cost,
  codebookCost: cost,
  useEma: flag,
  decay: rules.optional(rules.number(0, 0.9999999)),
  deadCodeThreshold: rules.optional(rules.number(0, 1e6)),
  kmeansInit: flag,
  rotationTrick: flag,
  cosine: flag,
  projectionDim: rules.optional(channels),
  initBound: rules.optional(rules.above(0, 1000)),
  residual: rules.optional(
    rules.object<NonNullable<CodebookConfig["residual"]>>({
      quantizers: rules.integer(2, 32),
      dropout: rules.optional(rules.number(0, 1)),
    }),
  ),
});

const fsqRule: Rule<FsqConfig> = rules.object<FsqConfig>({
  kind: rules.oneOf("fsq"),
  levels: rules.list(rules.integer(2, 256), 1, 8),
  embeddingDim: channels,
});

const lfqRule: Rule<LfqConfig> = rules.object<LfqConfig>({
  kind: rules.oneOf("lfq"),
  numEmbeddings: rules.integer(2, mostCodes),
  embeddingDim: channels,
  commitmentCost: cost,
  entropyCost: cost,
  diversity: cost,
  temperature: rules.optional(rules.above(0, 1000)),
});

const anyRule: Rule<QuantizerConfig> = rules.byKind<QuantizerConfig>({
  codebook: codebookRule,
  fsq: fsqRule,
  lfq: lfqRule,
});

/** Checks a quantizer's config. */
export const quantizerRule: Rule<QuantizerConfig> = (value, path) => {
  const config = anyRule(value, path);
  if (config.kind === "codebook" && config.useEma && config.codebookCost !== undefined)
    throw new InputError(
      `${path}.codebookCost is ${config.codebookCost} beside useEma, whose codes have no gradient; leave one of them out.`,
    );
  if (config.kind === "codebook" && config.residual && config.cosine)
    throw new InputError(
      `${path}.cosine goes without ${path}.residual: what a code of length 1 leaves says nothing of the angle. Leave one of them out.`,
    );
  if (config.kind === "lfq" && !Number.isInteger(Math.log2(config.numEmbeddings)))
    throw new InputError(
      `${path}.numEmbeddings is ${config.numEmbeddings}; a quantizer by signs has a power of 2, such as ${2 ** Math.round(Math.log2(config.numEmbeddings))}.`,
    );
  if (codeCount(config) > mostCodes)
    throw new InputError(`${path}.levels make ${codeCount(config)} codes; the most is ${mostCodes}, so take fewer.`);
  return config;
};

/** How many codes a quantizer chooses from (each codebook of a residual one). */
export const codeCount = (config: QuantizerConfig): number =>
  config.kind === "fsq" ? config.levels.reduce((n, level) => n * level, 1) : config.numEmbeddings;

/** Channels that codes have. */
export function codeDim(config: QuantizerConfig): number {
  if (config.kind === "fsq") return config.levels.length;
  return config.kind === "lfq" ? Math.log2(config.numEmbeddings) : (config.projectionDim ?? config.embeddingDim);
}
