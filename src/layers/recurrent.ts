import type { Graph } from "../graph/graph.js";
import type { Init, Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { concat } from "../ops/concat.js";
import { linear } from "../ops/linear.js";
import { gruGates, lstmGates } from "../ops/recurrent.js";
import { split } from "../ops/split.js";

/** Which cell, by name. */
export const cells = ["lstm", "gru"] as const;
export type CellKind = (typeof cells)[number];

/** A recurrent layer over time: PyTorch's nn.LSTM or nn.GRU of one layer with batch_first, whose names and initial values it has. The
 * inputs' share of the gates is one matrix product for all times; a step in time is a product and the gates. */
export class Recurrent {
  readonly inputWeight: Tensor;
  readonly stateWeight: Tensor;
  readonly inputBias: Tensor;
  readonly stateBias: Tensor;

  constructor(
    parameters: Parameters,
    readonly name: string,
    readonly kind: CellKind,
    readonly inputs: number,
    readonly units: number,
  ) {
    const gates = (kind === "lstm" ? 4 : 3) * units;
    const init: Init = { kind: "torchUniform", fanIn: units };
    this.inputWeight = parameters.add(`${name}.weight_ih_l0`, [inputs, gates], init);
    this.stateWeight = parameters.add(`${name}.weight_hh_l0`, [units, gates], init);
    this.inputBias = parameters.add(`${name}.bias_ih_l0`, [gates], init);
    this.stateBias = parameters.add(`${name}.bias_hh_l0`, [gates], init);
  }

  /** x [B, T, inputs] to the states [B, T, units]: each knows the times up to its own, and the first follows zeros. */
  apply(graph: Graph, x: Tensor): Tensor {
    const { name, units, kind } = this;
    const [B] = x.shape as [number];
    const { y: shares } = graph.apply(
      linear,
      { x, w: this.inputWeight, bias: this.inputBias },
      {},
      `${name}.inputs`,
    ) as Record<"y", Tensor>;
    const zeros = graph.tensor(`${name}.zeros`, [B, 1, units], "f32", "zeros");
    let [state, cell] = [zeros, zeros];
    const states = unstack(graph, shares, name).map((share, t) => {
      const at = `${name}.${t}`;
      const w = { w: this.stateWeight, bias: this.stateBias };
      const { y: u } = graph.apply(linear, { x: state, ...w }, {}, at) as Record<"y", Tensor>;
      if (kind === "lstm") {
        const after = graph.apply(lstmGates, { x: share, u, c: cell }, {}, at);
        state = after.h as Tensor;
        cell = after.cell as Tensor;
      } else state = graph.apply(gruGates, { x: share, u, h: state }, {}, at).y as Tensor;
      return state;
    });
    return stack(graph, states, `${name}.states`);
  }
}

/** The times of x [B, T, ...], a tensor [B, 1, ...] each. By halves: each value, and its gradient, is moved log T times. */
function unstack(graph: Graph, x: Tensor, name: string): Tensor[] {
  const T = x.shape[1] as number;
  if (T === 1) return [x];
  const { a, b } = graph.apply(split, { x }, { axis: 1, at: T >> 1 }, `${name}.times`);
  return [...unstack(graph, a as Tensor, name), ...unstack(graph, b as Tensor, name)];
}

/** Tensors [B, 1, ...] one behind the other in time. */
function stack(graph: Graph, parts: readonly Tensor[], name: string): Tensor {
  if (parts.length === 1) return parts[0] as Tensor;
  const half = parts.length >> 1;
  const [a, b] = [stack(graph, parts.slice(0, half), name), stack(graph, parts.slice(half), name)];
  return graph.apply(concat, { a, b }, { axis: 1 }, name).y as Tensor;
}
