import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { batchNorm, batchNormEval } from "../ops/batch-norm.js";
import { groupNorm } from "../ops/group-norm.js";

export const normKinds = ["none", "batch", "group"] as const;
export type NormKind = (typeof normKinds)[number];

/** The groups of a group norm: 8, or fewer where 8 do not divide the channels. */
export function groupsOf(channels: number): number {
  let groups = 8;
  while (channels % groups !== 0) groups /= 2;
  return groups;
}

/** Batch norm (Ioffe and Szegedy 2015, "Batch normalization") or group norm (Wu and He 2018, "Group normalization") over
 * x [B, H, W, channels] with a weight and a bias a channel, as PyTorch's with its default settings. Batch norm takes the
 * statistics of the batch in a training graph, and running ones, learnt there, in any other. */
export class Norm {
  private readonly affine: { readonly w: Tensor; readonly bias: Tensor };
  private readonly running: { readonly mean: Tensor; readonly variance: Tensor } | undefined;

  constructor(
    parameters: Parameters,
    readonly name: string,
    private readonly channels: number,
    kind: "batch" | "group",
  ) {
    this.affine = {
      w: parameters.add(`${name}.weight`, [channels], { kind: "ones" }),
      bias: parameters.add(`${name}.bias`, [channels], { kind: "zeros" }),
    };
    if (kind === "group") return;
    this.running = {
      mean: parameters.addStatistic(`${name}.running_mean`, [channels], { kind: "zeros" }),
      variance: parameters.addStatistic(`${name}.running_var`, [channels], { kind: "ones" }),
    };
    parameters.addCounter(`${name}.num_batches_tracked`);
  }

  apply(graph: Graph, x: Tensor): Tensor {
    const inputs = { x, ...this.affine };
    if (!this.running)
      return graph.apply(groupNorm, inputs, { groups: groupsOf(this.channels) }, this.name).y as Tensor;
    const { mean, variance } = this.running;
    return graph.training
      ? (graph.apply(batchNorm, { ...inputs, runningMean: mean, runningVar: variance }, {}, this.name).y as Tensor)
      : (graph.apply(batchNormEval, { ...inputs, mean, variance }, {}, this.name).y as Tensor);
  }
}
