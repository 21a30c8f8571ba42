import { InputError } from "../errors.js";
import type { CodeLevel } from "./model.js";

/** Numbers that one image has in a level's map. */
export const mapLength = ({ height, width, sets }: CodeLevel): number => height * width * sets.length;

/** The shape of N images' maps: [N, height, width], with several sets of codes [N, height, width, sets]. */
export const mapShape = ({ height, width, sets }: CodeLevel, count: number): number[] => [
  count,
  height,
  width,
  ...(sets.length > 1 ? [sets.length] : []),
];

/** Maps of several sets side by side, position by position. */
export function interleaved(maps: readonly Uint32Array[]): Uint32Array {
  const [first] = maps as readonly [Uint32Array, ...Uint32Array[]];
  if (maps.length === 1) return first;
  const out = new Uint32Array(first.length * maps.length);
  maps.forEach((map, s) => {
    for (let i = 0; i < map.length; i++) out[i * maps.length + s] = map[i] as number;
  });
  return out;
}

/** The way back. */
export const separated = (map: Uint32Array, sets: number): Uint32Array[] =>
  sets === 1
    ? [map]
    : Array.from({ length: sets }, (_, s) =>
        Uint32Array.from({ length: map.length / sets }, (_, i) => map[i * sets + s] as number),
      );

/** @throws InputError where the maps are not those of the levels, or an index is no code's */
export function checkMaps(levels: readonly CodeLevel[], maps: readonly Uint32Array[]): void {
  const names = levels.map(({ name }) => name).join(" and ");
  if (maps.length !== levels.length)
    throw new InputError(
      `${maps.length} maps of codes were given and the model has ${levels.length} (${names}); give one each, in this order.`,
    );
  const counts = levels.map((level, i) => (maps[i] as Uint32Array).length / mapLength(level));
  levels.forEach((level, i) => {
    const { name, height, width, sets, numEmbeddings } = level;
    const map = maps[i] as Uint32Array;
    if (!Number.isInteger(counts[i]) || counts[i] !== counts[0])
      throw new InputError(
        `The ${name} map has ${map.length} indices; an image has ${height} x ${width}${sets.length > 1 ? ` x ${sets.length}` : ""}, and every map is of as many images.`,
      );
    const at = map.findIndex((index) => index >= numEmbeddings);
    if (at >= 0)
      throw new InputError(
        `Index ${at} of the ${name} map is ${map[at]} and the model has ${numEmbeddings} codes, from 0 to ${numEmbeddings - 1}; give codes of this model.`,
      );
  });
}
