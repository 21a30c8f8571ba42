import codeColoursForward from "../../shaders/picture/code-colours.wgsl";
import pointColours from "../../shaders/picture/point-colours.wgsl";
import pointsForward from "../../shaders/picture/points.wgsl";
import putPointsForward from "../../shaders/picture/put-points.wgsl";
import tilesForward from "../../shaders/picture/tiles.wgsl";
import { InputError } from "../errors.js";
import type { Attrs, Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** Pixels of a line in memory: a copy to a canvas takes lines of whole 256 bytes. */
const stride = (width: number): number => Math.ceil(width / 64) * 64;

/** Pixels along a side of `cells` images of `size`, `gap` pixels apart. */
export const tiledSide = (cells: number, size: number, gap: number): number => cells * size + (cells - 1) * gap;

/** Width and height of images [N, H, W, C] in rows of `columns`, each pixel `scale` wide. */
export function tiledSides([N, H, W]: Shape, { columns, scale = 1, gap = 0 }: Attrs): [width: number, height: number] {
  const across = Math.min(Number(columns), N as number);
  const side = (cells: number, size: number): number => tiledSide(cells, size * Number(scale), Number(gap));
  return [side(across, W as number), side(Math.ceil((N as number) / across), H as number)];
}

/** Images in rows, as `tile` of src/pictures lays them out, to pixels of a canvas. x [N, H, W, C] in [0, 1], pixels u32
 * [height, width up to a multiple of 64]: bytes R, G, B, 255. Attrs: columns, scale (1), gap (0). */
export const tiles: Op = {
  name: "tiles",
  inputs: ["x"],
  outputs: ({ x }, attrs) => {
    const shape = x as Shape;
    if (shape.length !== 4) throw new InputError(`tiles: x is [${x}]; it must be [images, height, width, channels].`);
    const [width, height] = tiledSides(shape, attrs);
    return { pixels: [height, stride(width)] };
  },
  types: { pixels: "u32" },
  sizes: ({ x, pixels }, { columns, scale, gap }) => {
    const [N, H, W, C] = x as [number, number, number, number];
    const [V, S] = pixels as [number, number];
    return { N, H, W, C, K: Math.min(Number(columns), N), scale: Number(scale ?? 1), gap: Number(gap ?? 0), V, S };
  },
  forward: [kernel(tilesForward)],
  backward: [],
  flops: ({ V, S }) => ({ tiles: 6 * V * S }),
};

/** Codes to colours, as `codeColour` of src/pictures has them. indices u32 [...], y [..., 3] in [0, 1]. */
export const codeColours: Op = {
  name: "code-colours",
  inputs: ["indices"],
  outputs: ({ indices }) => ({ y: [...(indices as Shape), 3] }),
  types: { indices: "u32" },
  sizes: ({ indices }) => ({ N: elements(indices as Shape) }),
  forward: [kernel(codeColoursForward)],
  backward: [],
  flops: ({ N }) => ({ "code-colours": 24 * N }),
};

/** Puts two coordinates of each latent of a batch into a map, from row step.cursor on. z [B, D], map [N, 2], rewritten in
 * place. Attrs: first (0), second (1): the coordinates. */
export const putPoints: Op = {
  name: "put-points",
  inputs: ["z", "map"],
  outputs: ({ z }, { first = 0, second = 1 }) => {
    const D = (z as Shape)[1] as number;
    if (!(Number(first) < D && Number(second) < D))
      throw new InputError(`A map of dimensions ${first} and ${second} needs latents of more than ${D}.`);
    return {};
  },
  sizes: ({ z, map }, { first = 0, second = 1 }) => {
    const [B, D] = z as [number, number];
    return { B, D, N: (map as Shape)[0] as number, first: Number(first), second: Number(second) };
  },
  forward: [kernel(putPointsForward)],
  backward: [],
  flops: () => ({ "put-points": 0 }),
};

/** A map of points, as `latentScatter` of src/pictures draws it, to pixels of a canvas: dots coloured by label, a later point
 * over an earlier one; what lies outside is left out. map [N, 2], labels u32 [N], marks u32 [size, size] (0, and left so),
 * pixels u32 [size, size up to a multiple of 64]. Attrs: range, the coordinate at the edges. */
export const scatter: Op = {
  name: "scatter",
  inputs: ["map", "labels", "marks"],
  outputs: ({ marks }) => {
    const size = (marks as Shape)[0] as number;
    return { pixels: [size, stride(size)] };
  },
  types: { labels: "u32", marks: "u32", pixels: "u32" },
  sizes: ({ map, pixels }, { range }) => {
    const [V, S] = pixels as [number, number];
    return { N: (map as Shape)[0] as number, V, S, range: Math.fround(Number(range)) };
  },
  forward: [kernel(pointsForward), kernel(pointColours)],
  backward: [],
  flops: ({ N }) => ({ points: 10 * N, "point-colours": 0 }),
};
