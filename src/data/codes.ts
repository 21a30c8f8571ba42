import { InputError } from "../errors.js";
import { parseNpy } from "../formats/npy.js";
import type { NamedBytes } from "./arrays.js";

/** Maps of codes, one of each image. */
export interface CodeMaps {
  name: string;
  /** maps */
  count: number;
  /** [H,W] */
  shape: [number, number];
  /** codes are below it */
  numEmbeddings: number;
  /** [count,H,W] */
  codes: Uint32Array;
  /** [count] */
  labels?: Uint32Array;
  /** the coarser map of each, [count,h,w] */
  top?: { shape: [number, number]; numEmbeddings: number; codes: Uint32Array };
}

/** The most codes that a codebook has. */
const mostCodes = 65_536;

/** Whole numbers of a .npy file. */
function integers({ where, bytes }: NamedBytes, rank: number, of: string): { shape: number[]; values: Uint32Array } {
  const { shape, data, dtype } = parseNpy(bytes, where);
  if (shape.length !== rank || shape.some((n) => n === 0)) {
    throw new InputError(`${where} has shape (${shape.join(", ")}): ${of}, save it so.`);
  }
  if (/f|b/.test(dtype)) {
    throw new InputError(`${where} holds ${dtype} and codes are whole numbers: save it with .astype("uint32").`);
  }
  const values = new Uint32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!(value >= 0 && value < mostCodes)) {
      throw new InputError(`${where} holds ${value} at place ${i}: codes and labels are from 0 to ${mostCodes - 1}.`);
    }
    values[i] = value;
  }
  return { shape, values };
}

/** One more than the largest. */
const ends = (values: Uint32Array): number => values.reduce((most, v) => Math.max(most, v), 0) + 1;

/** Maps of codes from .npy files of whole numbers: codes (N, H, W); beside them labels (N) and top maps (N, h, w). Throws
 * InputError on another shape or type, on numbers that are no codes, and where the files differ in their rows. */
export function codeMapsFromNpy(name: string, codes: NamedBytes, labels?: NamedBytes, top?: NamedBytes): CodeMaps {
  const maps = "maps of codes are (N, H, W)";
  const found = integers(codes, 3, maps);
  const [count, H, W] = found.shape as [number, number, number];
  const out: CodeMaps = { name, count, shape: [H, W], numEmbeddings: ends(found.values), codes: found.values };
  const beside = (file: NamedBytes, rank: number, of: string) => {
    const other = integers(file, rank, of);
    if (other.shape[0] !== count) {
      throw new InputError(
        `${file.where} has ${other.shape[0]} rows and ${codes.where} has ${count}: they must agree.`,
      );
    }
    return other;
  };
  if (labels) out.labels = beside(labels, 1, "labels are (N,)").values;
  if (top) {
    const { shape, values } = beside(top, 3, maps);
    out.top = { shape: [shape[1] as number, shape[2] as number], numEmbeddings: ends(values), codes: values };
  }
  return out;
}

/** The first `limit` maps, or all where there are no more. */
export function limitMaps(maps: CodeMaps, limit: number | undefined): CodeMaps {
  if (limit === undefined || limit >= maps.count) return maps;
  const first = (values: Uint32Array): Uint32Array => values.slice(0, limit * (values.length / maps.count));
  return {
    ...maps,
    count: limit,
    codes: first(maps.codes),
    ...(maps.labels && { labels: first(maps.labels) }),
    ...(maps.top && { top: { ...maps.top, codes: first(maps.top.codes) } }),
  };
}
