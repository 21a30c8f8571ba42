import { InputError } from "../errors.js";
import { type ImageShape, type Picture, stack, type TileOptions, tile } from "./picture.js";

export interface RolloutRowsOptions extends TileOptions {
  /** Frames that the model was given. */
  readonly given: number;
  /** Frames that each jump went. */
  readonly length: number;
}

/** What `tile` draws as an empty cell. */
const EMPTY = 48 / 255;

/** Two lines a sequence: the given frames and, behind them, the true frame after each jump (empty where the sequence has ended); below
 * them the last given frame as the model has it, and its frame after each jump. sequences [N, frames, H, W, C], rollouts
 * [N, jumps + 1, H, W, C], shape [C, H, W] of a frame.
 * @throws InputError where there are not as many of both, or more frames are given than there are */
export function rolloutRows(
  sequences: Float32Array,
  rollouts: Float32Array,
  shape: ImageShape,
  count: number,
  { given, length, ...options }: RolloutRowsOptions,
): Picture {
  const frame = shape.reduce((n, d) => n * d, 1);
  const [frames, states] = [sequences, rollouts].map(({ length: n }) => n / (frame * count)) as [number, number];
  if (![frames, states].every(Number.isInteger) || frames < given || states < 1)
    throw new InputError(
      `${count} sequences of ${frames} frames, ${given} of them given, and ${states} states do not fit.`,
    );
  const columns = given - 1 + states;
  const rows = Array.from({ length: count }, (_, n) => {
    const [above, below] = [0, 1].map(() => new Float32Array(columns * frame).fill(EMPTY)) as [
      Float32Array,
      Float32Array,
    ];
    for (let column = 0; column < columns; column++) {
      const t = column < given ? column : given - 1 + (column - given + 1) * length;
      const from = (n * frames + t) * frame;
      if (t < frames) above.set(sequences.subarray(from, from + frame), column * frame);
    }
    below.set(rollouts.subarray(n * states * frame, (n + 1) * states * frame), (given - 1) * frame);
    return stack([tile(above, shape, columns, options), tile(below, shape, columns, options)], options.gap);
  });
  return stack(rows, 3 * (options.gap ?? 2));
}
