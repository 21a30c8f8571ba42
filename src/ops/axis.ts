import { InputError } from "../errors.js";
import type { Shape } from "./op.js";
import { elements } from "./op.js";

/** An axis as a place in [0, rank); negative ones count from the end. */
export function axisOf(op: string, shape: Shape, axis: number): number {
  const at = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || at < 0 || at >= shape.length)
    throw new InputError(`${op}: there is no axis ${axis} in [${shape}]; give one from 0 to ${shape.length - 1}.`);
  return at;
}

/** Elements before the axes [from, to), in them, and behind them. */
export function blocks(shape: Shape, from: number, to: number): { outer: number; axis: number; inner: number } {
  return {
    outer: elements(shape.slice(0, from)),
    axis: elements(shape.slice(from, to)),
    inner: elements(shape.slice(to)),
  };
}
