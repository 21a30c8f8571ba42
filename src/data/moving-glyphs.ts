import { draw, streams, toUniform } from "../random/philox.js";
import type { Dataset } from "./dataset.js";
import { drawGlyphs } from "./glyphs.js";

/** Frames of a sequence. */
const frames = 20;
const side = 28;
/** Most pixels that a digit moves from one frame to the next. */
const fastest = 2;
/** Where a row's draws of its motion lie: beyond all that its digit takes. */
const motionBlock = 2 ** 31;

/** How a row moves: pixels to the right at the first frame and from each to the next, these negative for half of the rows. */
export function motionOf(seed: number, row: number): { readonly start: number; readonly velocity: number } {
  const [where, how, left] = draw(seed, streams.builtin, row, motionBlock).map(toUniform) as [number, number, number];
  const speed = 1 + Math.floor(how * fastest);
  return { start: Math.floor(where * side), velocity: left < 0.5 ? -speed : speed };
}

/** Rows `first` to `first + rows` of builtin:moving-glyphs: digits of builtin:glyphs that move to the left or right by 1 or 2 pixels
 * a frame and come back on the other side. A row is a sequence as one picture, its 20 frames of 28 x 28 below one another, the
 * first on top: [1, 560, 28]. It is a function of (seed, row number) alone; the label is the digit. */
export function drawMovingGlyphs(rows: number, seed = 0, first = 0): Dataset {
  const glyphs = drawGlyphs(rows, seed, first);
  const lines = frames * side;
  const values = new Uint8Array(rows * lines * side);
  for (let row = 0; row < rows; row++) {
    const { start, velocity } = motionOf(seed, first + row);
    for (let line = 0; line < lines; line++) {
      const from = (row * side + (line % side)) * side;
      const shift = (((start + velocity * Math.floor(line / side)) % side) + side) % side;
      const to = (row * lines + line) * side;
      // The line turned round by `shift`: its end comes first.
      values.set(glyphs.values.subarray(from, from + side - shift), to + shift);
      values.set(glyphs.values.subarray(from + side - shift, from + side), to);
    }
  }
  return { ...glyphs, name: "builtin:moving-glyphs", shape: [1, lines, side], values };
}
