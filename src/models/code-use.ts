import type { CodeSet } from "../layers/quantizers/quantizer.js";
import { separated } from "./code-maps.js";

/** How a set of codes is used, by counts of its indices. */
export interface CodeUse {
  readonly name: string;
  readonly numEmbeddings: number;
  /** Vectors that were counted. */
  readonly vectors: number;
  /** Codes that were chosen at all, and their share of all in percent. */
  readonly used: number;
  readonly usagePercent: number;
  /** exp of the entropy of the choices, from 1 to numEmbeddings: codes in even use. */
  readonly perplexity: number;
  /** Indices of the codes that were not chosen. */
  readonly dead: readonly number[];
  /** Whether the codes are of no use: nearly all vectors share one, or most codes are one point. */
  readonly collapsed: boolean;
}

/** Below this perplexity a set of codes tells nothing: two codes in even use have 2, one for 9 vectors of 10 has 1.4. */
const nothing = 1.5;

/** What the counts [numEmbeddings] of a set's indices tell.
 * @param codes the codes [numEmbeddings, D], where they are learnt */
export function codeUse(
  { name, numEmbeddings }: Pick<CodeSet, "name" | "numEmbeddings">,
  counts: ArrayLike<number>,
  codes?: Float32Array,
): CodeUse {
  const dead: number[] = [];
  let vectors = 0;
  for (let k = 0; k < numEmbeddings; k++) {
    vectors += counts[k] as number;
    if (counts[k] === 0) dead.push(k);
  }
  let entropy = 0;
  for (let k = 0; k < numEmbeddings; k++) {
    const p = (counts[k] as number) / Math.max(1, vectors);
    if (p > 0) entropy -= p * Math.log(p);
  }
  const used = numEmbeddings - dead.length;
  const perplexity = Math.exp(entropy);
  const onePoint = codes !== undefined && distinctRows(codes, numEmbeddings) <= numEmbeddings / 2;
  return {
    name,
    numEmbeddings,
    vectors,
    used,
    usagePercent: (100 * used) / numEmbeddings,
    perplexity,
    dead,
    collapsed: numEmbeddings > 1 && (perplexity < nothing || onePoint),
  };
}

/** How a map of the codes of some sets, side by side, uses each of them. */
export const usesOf = (sets: readonly CodeSet[], map: Uint32Array): CodeUse[] =>
  separated(map, sets.length).map((own, s) => {
    const set = sets[s] as CodeSet;
    const counts = new Float64Array(set.numEmbeddings);
    for (const index of own) counts[index]++;
    return codeUse(set, counts);
  });

/** How many different rows there are, to the bit. */
function distinctRows(values: Float32Array, rows: number): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const width = values.length / rows;
  return new Set(Array.from({ length: rows }, (_, r) => words.subarray(r * width, (r + 1) * width).join())).size;
}

/** A set's use in a sentence, with the remedy where it has collapsed. */
export function codeUseText({ name, numEmbeddings, used, usagePercent, perplexity, collapsed }: CodeUse): string {
  const text = `${name}: ${used} of ${numEmbeddings} codes in use (${usagePercent.toFixed(0)} %), perplexity ${perplexity.toFixed(1)}`;
  return collapsed
    ? `${text}: collapsed onto one point; start anew with quantizer.kmeansInit or a quantizer.deadCodeThreshold`
    : text;
}
