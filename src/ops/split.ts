import { InputError } from "../errors.js";
import { axisOf, blocks } from "./axis.js";
import { concat } from "./concat.js";
import type { Choice, Op, Shape } from "./op.js";
import { renamed } from "./op.js";

/** Two parts of one axis: a its places [0, at), b the rest. Concat turned round, its kernels in each other's place: where every part
 * of a tensor is used, no gradient has to be filled up with zeros and added. Attrs: axis, at. */
export const split: Op = {
  name: "split",
  inputs: ["x"],
  outputs: (shapes, { axis, at }) => {
    const x = shapes.x as Shape;
    const place = axisOf("split", x, Number(axis));
    const [first, all] = [Number(at), x[place] as number];
    if (!(Number.isInteger(first) && 0 < first && first < all))
      throw new InputError(`split: axis ${place} of [${x}] cannot be parted at ${at}; give 0 < at < ${all}.`);
    const part = (length: number): number[] => x.map((d, i) => (i === place ? length : d));
    return { a: part(first), b: part(all - first) };
  },
  sizes: (shapes, { axis, at }) => {
    const place = axisOf("split", shapes.x as Shape, Number(axis));
    const x = blocks(shapes.x as Shape, place, place + 1);
    return { P: x.outer, A: Number(at) * x.inner, B: (x.axis - Number(at)) * x.inner };
  },
  forward: [renamed(concat.backward[0] as Choice, "split/forward", { dy: "x", da: "a", db: "b" })],
  backward: [renamed(concat.forward[0] as Choice, "split/grad-x", { a: "da", b: "db", y: "dx" })],
  flops: () => ({ forward: 0, "grad-x": 0 }),
};
