import type { Graph } from "../../graph/graph.js";
import type { Parameters } from "../../graph/parameters.js";
import type { Tensor } from "../../graph/tensor.js";
import { codeSums } from "../../ops/code-sums.js";
import { codeUsage, perplexity } from "../../ops/code-usage.js";

/** A set of codes that indices point to, and how it is used. */
export interface CodeSet {
  readonly name: string;
  readonly numEmbeddings: number;
  /** How often each code was chosen in the epoch so far, [numEmbeddings]. */
  readonly usage: Tensor;
  /** The codes [numEmbeddings, D] where they are learnt, and whether they start as a k-means. */
  readonly codes?: Tensor;
  readonly kmeans: boolean;
}

/** What one set of codes was chosen from. */
export interface Choice {
  readonly set: CodeSet;
  /** What was compared to the codes, [B, H, W, D]. */
  readonly seen: Tensor;
  /** u32 [B, H, W]. */
  readonly indices: Tensor;
  /** Of the set over the epoch so far, [1]; in a training graph only. */
  readonly perplexity?: Tensor;
}

/** A row-wise loss [B] that a quantizer adds to the objective. */
export interface QuantizerTerm {
  readonly name: "commit" | "codebook" | "entropy";
  readonly tensor: Tensor;
  /** Its weight in the objective. */
  readonly cost: number;
  /** Numbers of an image that it is a sum over. */
  readonly elements: number;
}

/** What becomes of latents. */
export interface Quantized {
  /** [B, H, W, embeddingDim]. */
  readonly quantized: Tensor;
  /** One for each set of codes, in order. */
  readonly choices: readonly Choice[];
  readonly terms: readonly QuantizerTerm[];
}

/** Turns latents into codes. All kinds of them do it by this interface. */
export interface Quantizer {
  readonly sets: readonly CodeSet[];
  /** z [B, H, W, embeddingDim]. In a training graph the codes learn from it, and their use is counted. */
  quantize(graph: Graph, z: Tensor): Quantized;
  /** The quantized latents [B, H, W, embeddingDim] of indices u32 [B, H, W], one for each set. */
  indicesToCodes(graph: Graph, indices: readonly Tensor[]): Tensor;
}

/** A statistic that counts the use of codes; it starts anew with each epoch and is no part of the model. */
export const usageOf = (parameters: Parameters, name: string, numEmbeddings: number): Tensor =>
  parameters.addStatistic(`${name}.usage`, [numEmbeddings], { kind: "zeros" }, false);

/** Counts what was chosen, in a training graph: counts [K] and sums [K, D] of the batch. */
export function count(
  graph: Graph,
  { name, numEmbeddings, usage }: CodeSet,
  seen: Tensor,
  indices: Tensor,
): { readonly counts: Tensor; readonly sums: Tensor; readonly perplexity: Tensor } {
  const { counts, sums } = graph.apply(codeSums, { x: seen, indices }, { codes: numEmbeddings }, `${name}.sums`);
  graph.apply(codeUsage, { counts, usage }, {}, `${name}.usage`);
  const { y } = graph.apply(perplexity, { counts: usage }, {}, `${name}.perplexity`);
  return { counts, sums, perplexity: y };
}
