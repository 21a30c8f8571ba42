import type { Call } from "./graph.js";
import type { Tensor } from "./tensor.js";
import { byteLength, root } from "./tensor.js";

/** Slot of each activation, and the bytes of each slot. */
export interface Slots {
  readonly slotOf: ReadonlyMap<Tensor, number>;
  readonly bytes: readonly number[];
}

/** Lifetimes from the call list, greedy by size into slots. Two tensors share a slot only if no call touches both and their
 * lives do not overlap: one buffer bound for reading and for writing in one dispatch is an error in WebGPU. */
export function planMemory(calls: readonly Call[]): Slots {
  const lives = new Map<Tensor, { first: number; last: number }>();
  calls.forEach((call, at) => {
    for (const tensor of Object.values(call.tensors)) {
      const owner = root(tensor);
      if (owner.role !== "activation") continue;
      const life = lives.get(owner);
      if (life) life.last = at;
      else lives.set(owner, { first: at, last: at });
    }
  });
  const order = [...lives].sort(([a], [b]) => byteLength(b) - byteLength(a) || (a.name < b.name ? -1 : 1));
  const slots: { bytes: number; lives: { first: number; last: number }[] }[] = [];
  const slotOf = new Map<Tensor, number>();
  for (const [tensor, life] of order) {
    let at = slots.findIndex((s) => s.lives.every((other) => life.last < other.first || other.last < life.first));
    if (at < 0) at = slots.push({ bytes: byteLength(tensor), lives: [] }) - 1;
    slots[at]?.lives.push(life);
    slotOf.set(tensor, at);
  }
  return { slotOf, bytes: slots.map((s) => s.bytes) };
}
