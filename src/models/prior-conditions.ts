import { InputError } from "../errors.js";
import type { PixelCnnConfig } from "./pixelcnn-config.js";

/** What a prior's maps depend on. */
export interface Given {
  /** Class of each map, of a class-conditional prior. Default 0, 1, 2, ... round and round. */
  readonly labels?: ArrayLike<number>;
  /** Codes of each map's top map [count, h * w], of a prior that depends on one. */
  readonly top?: Uint32Array;
}

/** A tensor that the graphs take: u32 [maps, width] rows back to back. */
export interface Condition {
  readonly name: "labels" | "top";
  readonly width: number;
  readonly values: Uint32Array;
}

/** The conditions that a config asks for, of `count` maps.
 * @throws InputError where one is missing, too many, or not in its range */
export function conditionsOf(config: PixelCnnConfig, count: number, { labels, top }: Given): Condition[] {
  const { numClasses, top: topMap } = config;
  const out: Condition[] = [];
  if (!numClasses && labels)
    throw new InputError("The prior was trained without classes and labels were given; leave them out.");
  if (!topMap && top) throw new InputError("The prior does not depend on a top map and one was given; leave it out.");
  if (numClasses) {
    const values = Uint32Array.from({ length: count }, (_, i) => (labels ? (labels[i] as number) : i % numClasses));
    if (labels && labels.length !== count)
      throw new InputError(`${labels.length} labels were given for ${count} maps; give one a map.`);
    refuseFrom(values, numClasses, "label", "classes");
    out.push({ name: "labels", width: 1, values });
  }
  if (topMap) {
    const width = topMap.shape[0] * topMap.shape[1];
    if (top?.length !== count * width)
      throw new InputError(
        `The prior depends on top maps of [${topMap.shape}]: ${count} of them are needed and ${(top?.length ?? 0) / width} were given; draw them first.`,
      );
    refuseFrom(top, topMap.numEmbeddings, "top code", "codes");
    out.push({ name: "top", width, values: top });
  }
  return out;
}

/** @throws InputError for the first value that is not below `end` */
export function refuseFrom(values: Uint32Array, end: number, what: string, of: string): void {
  const bad = values.findIndex((v) => v >= end);
  if (bad >= 0)
    throw new InputError(`The ${what} ${values[bad]} is none of the ${end} ${of}; give numbers from 0 to ${end - 1}.`);
}
