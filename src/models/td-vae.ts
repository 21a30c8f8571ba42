import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { Dense } from "../layers/dense.js";
import { GatedStatistics } from "../layers/gated-statistics.js";
import { Recurrent } from "../layers/recurrent.js";
import { add } from "../ops/add.js";
import { concat } from "../ops/concat.js";
import { drawJumps } from "../ops/draw-jumps.js";
import { embedding } from "../ops/embedding.js";
import { gaussianRatio } from "../ops/gaussian-ratio.js";
import { klGaussians } from "../ops/kl-gaussians.js";
import { noise } from "../ops/noise.js";
import { oneHot } from "../ops/one-hot.js";
import type { Op, Shape } from "../ops/op.js";
import { elements } from "../ops/op.js";
import { reduce } from "../ops/reduce.js";
import { reparameterize } from "../ops/reparameterize.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { streams } from "../random/philox.js";
import type { Batch, Forward, Model, Temporal, Term } from "./model.js";
import { reconstruction, squash } from "./reconstruction.js";
import { frameShape, type TdVaeConfig } from "./td-vae-config.js";

/** A state layer by layer: what was drawn, and the statistics it was drawn from. */
interface Drawn {
  readonly z: Tensor;
  readonly layers: readonly Tensor[];
  readonly stats: readonly Tensor[];
}

/** TD-VAE (Gregor et al. 2019, "Temporal difference variational auto-encoder"): a belief b_t of all frames up to t by a recurrent network,
 * p_B(z | b_t) of the state, q_S(z_t1 | z_t2, b_t1, b_t2) back in time, p_T(z_t2 | z_t1) forward over a jump, p_D(x | z). Both nets that
 * link two times know how long the jump is. In PyTorch's names `features` and `decoder` are an nn.Sequential each, activations
 * counted, `belief` an nn.LSTM or nn.GRU; `state`, `smoothing` and `transition` have a gated block for each layer of the state. The
 * latent of a sequence is the mean state of each frame given those up to it, [frames, latentLayers, latentDim] flat. */
export class TdVae implements Model {
  readonly parameters = new Parameters();
  readonly width: number;
  readonly latentDim: number;
  readonly temporal: Temporal;
  /** Numbers of a state, all layers. */
  private readonly stateDim: number;
  /** Numbers of a frame. */
  private readonly frame: number;
  private readonly layers: number;
  private readonly features: readonly Dense[];
  private readonly belief: Recurrent;
  private readonly state: readonly GatedStatistics[];
  private readonly smoothing: readonly GatedStatistics[];
  private readonly transition: readonly GatedStatistics[];
  private readonly decoder: readonly Dense[];

  constructor(readonly config: TdVaeConfig) {
    const { parameters } = this;
    const { frames, featureDims, beliefDim, latentDim, hiddenDim, decoderDims, maxJump, activation, init } = config;
    const shape = frameShape(config);
    this.frame = elements(shape);
    this.width = frames * this.frame;
    this.layers = config.latentLayers ?? 1;
    this.stateDim = this.layers * latentDim;
    this.latentDim = frames * this.stateDim;
    const chain = (name: string, dims: readonly number[], last: boolean): Dense[] =>
      dims.slice(1).map((outputs, i) => {
        const own = last && i === dims.length - 2 ? "none" : (activation ?? "relu");
        return new Dense(parameters, `${name}.${2 * i}`, dims[i], outputs, { activation: own, init });
      });
    const blocks = (name: string, inputs: number): GatedStatistics[] =>
      Array.from({ length: this.layers }, (_, k) => {
        const widths = { inputs: inputs + k * latentDim, hiddenDim, latentDim };
        return new GatedStatistics(parameters, `${name}.${k}`, { ...widths, init });
      });
    this.features = chain("features", [this.frame, ...featureDims], false);
    this.belief = new Recurrent(
      parameters,
      "belief",
      config.belief ?? "lstm",
      featureDims.at(-1) ?? this.frame,
      beliefDim,
    );
    this.state = blocks("state", beliefDim);
    this.smoothing = blocks("smoothing", this.stateDim + 2 * beliefDim + maxJump);
    this.transition = blocks("transition", this.stateDim + maxJump);
    this.decoder = chain("decoder", [this.stateDim, ...decoderDims, this.frame], true);
    this.temporal = {
      frames,
      frameShape: shape,
      stateDim: this.stateDim,
      maxJump,
      rollout: (graph, given, jump, eps) => this.rollout(graph, given, jump, eps),
    };
  }

  forward(graph: Graph, { input, target, eps }: Batch): Forward {
    const [B] = input.shape as [number];
    const { frames, maxJump, pairs = 1, overshoot, reconstructionLoss } = this.config;
    const N = B * pairs;
    const { early, late, jump } = graph.apply(drawJumps, {}, { batch: B, pairs, frames, longest: maxJump }, "jumps");
    const beliefs = this.beliefs(graph, input, frames);
    const rows = (w: Tensor, indices: Tensor | undefined, name: string): Tensor =>
      graph.apply(embedding, { w, indices: indices as Tensor }, {}, name).y as Tensor;
    const [b1, b2] = [rows(beliefs, early, "belief.early"), rows(beliefs, late, "belief.late")];
    const x2 = rows(shaped(graph, target, [B * frames, this.frame], "frames"), late, "frames.late");
    const far = this.jumps(graph, jump as Tensor);
    const drawn =
      eps ??
      (graph.apply(noise, {}, { rows: N, width: 2 * this.stateDim, stream: streams.states }, "states").y as Tensor);

    const z2 = this.draw(graph, this.state, b2, this.noises(graph, drawn, 0), "late");
    const both = join(graph, [z2.z, b1, b2, far], "between");
    const z1 = this.draw(graph, this.smoothing, both, this.noises(graph, drawn, this.layers), "early");
    const known = this.statistics(graph, this.state, b1, z1.layers, "known");
    const ahead = join(graph, [z1.z, far], "ahead");
    const told = this.statistics(graph, this.transition, ahead, z2.layers, "told");

    const seen = (z: Tensor) => reconstruction(graph, this.frames(graph, z), { target: x2 }, reconstructionLoss);
    const { term, output } = seen(z2.z);
    const kl = z1.stats.map((p, k) => graph.apply(klGaussians, { p, q: known[k] as Tensor }, {}, "kl").kl as Tensor);
    const ratio = z2.stats.map((p, k) => {
      const of = { z: z2.layers[k] as Tensor, p, q: told[k] as Tensor };
      return graph.apply(gaussianRatio, of, {}, "ratio").ratio as Tensor;
    });
    const mean = (row: Tensor, name: string): Tensor => {
      if (pairs === 1) return row;
      const x = shaped(graph, row, [B, pairs], `${name}.pairs`);
      return graph.apply(reduce, { x }, { from: 1, mean: true }, name).y as Tensor;
    };
    /** What p_T makes of what the earlier frame alone lets believe, against the later frame. */
    const predicted = (): Term => {
      const now = this.draw(graph, this.state, b1, this.noises(graph, drawn, this.layers), "believed");
      const then = join(graph, [now.z, far], "believed.ahead");
      const { z } = this.draw(graph, this.transition, then, this.noises(graph, drawn, 0), "predicted");
      const found = seen(z).term;
      return { ...found, name: "predicted", tensor: mean(found.tensor, "predicted.mean") };
    };
    return {
      terms: [
        { ...term, tensor: mean(term.tensor, "recon.mean") },
        { name: "belief", tensor: mean(sum(graph, kl, "kl.sum"), "belief.mean"), scheduled: true },
        { name: "transition", tensor: mean(sum(graph, ratio, "ratio.sum"), "transition.mean"), scheduled: true },
        ...(overshoot ? [{ ...predicted(), cost: overshoot }] : []),
      ],
      output,
    };
  }

  encode(graph: Graph, x: Tensor): Tensor {
    const [B] = x.shape as [number];
    const { z } = this.draw(graph, this.state, this.beliefs(graph, x, this.config.frames), undefined, "mean");
    return shaped(graph, z, [B, this.latentDim], "latents");
  }

  decode(graph: Graph, z: Tensor): Tensor {
    const [B] = z.shape as [number];
    const states = shaped(graph, z, [B * this.config.frames, this.stateDim], "states");
    return shaped(graph, this.pictures(graph, states), [B, this.width], "sequence");
  }

  /** Frames after the given ones: see `Temporal`. */
  private rollout(graph: Graph, given: Tensor, jump: Tensor, eps: Tensor): Tensor {
    const [B, length] = given.shape as [number, number];
    const times = length / this.frame;
    const beliefs = shaped(graph, this.beliefs(graph, given, times), [B, times, this.config.beliefDim], "beliefs");
    const last = part(graph, beliefs, 1, times - 1, times, "belief.last");
    const far = this.jumps(graph, jump);
    const states = (eps.shape[1] as number) / this.stateDim;
    let { z } = this.draw(
      graph,
      this.state,
      shaped(graph, last, [B, this.config.beliefDim], "belief.now"),
      this.noises(graph, eps, 0),
      "now",
    );
    const pictures = [this.pictures(graph, z)];
    for (let n = 1; n < states; n++) {
      const ahead = join(graph, [z, far], "ahead");
      ({ z } = this.draw(graph, this.transition, ahead, this.noises(graph, eps, n * this.layers), "next"));
      pictures.push(this.pictures(graph, z));
    }
    return join(graph, pictures, "rollout");
  }

  /** b_t of sequences x [B, times * frame]: [B * times, beliefDim]. */
  private beliefs(graph: Graph, x: Tensor, times: number): Tensor {
    const [B] = x.shape as [number];
    const frames = shaped(graph, x, [B, times, this.frame], "times");
    const seen = this.features.reduce((t, layer) => layer.apply(graph, t), frames);
    return shaped(graph, this.belief.apply(graph, seen), [B * times, this.config.beliefDim], "beliefs");
  }

  /** Lengths of jumps, counted from 0 for 1, as inputs of a net. */
  private jumps(graph: Graph, jump: Tensor): Tensor {
    return graph.apply(oneHot, { indices: jump }, { classes: this.config.maxJump }, "jump").y as Tensor;
  }

  /** Noise of a state's layers, the first of them stretch `first` of eps [N, stretches * latentDim]. */
  private noises(graph: Graph, eps: Tensor, first: number): readonly Tensor[] {
    const { latentDim } = this.config;
    return this.state.map((_, k) =>
      part(graph, eps, 1, (first + k) * latentDim, (first + k + 1) * latentDim, `noise.${first + k}`),
    );
  }

  /** A state given x, layer by layer; the mean of each where there is no noise. */
  private draw(
    graph: Graph,
    blocks: readonly GatedStatistics[],
    x: Tensor,
    eps: readonly Tensor[] | undefined,
    name: string,
  ): Drawn {
    const [layers, all]: Tensor[][] = [[], []];
    blocks.forEach((block, k) => {
      const stats = block.apply(graph, join(graph, [x, ...layers], name));
      const given = eps && { eps: eps[k] as Tensor };
      const { z } = graph.apply(reparameterize, { stats, ...given }, { temperature: eps ? 1 : 0 }, `${name}.${k}`);
      layers.push(z as Tensor);
      all.push(stats);
    });
    return { z: join(graph, layers, `${name}.state`), layers, stats: all };
  }

  /** What nets say of a state that is there already, layer by layer. */
  private statistics(
    graph: Graph,
    blocks: readonly GatedStatistics[],
    x: Tensor,
    layers: readonly Tensor[],
    name: string,
  ): readonly Tensor[] {
    return blocks.map((block, k) => block.apply(graph, join(graph, [x, ...layers.slice(0, k)], name)));
  }

  /** Frames of states, before their activation. */
  private frames(graph: Graph, z: Tensor): Tensor {
    return this.decoder.reduce((t, layer) => layer.apply(graph, t), z);
  }

  private pictures(graph: Graph, z: Tensor): Tensor {
    return squash(graph, this.frames(graph, z));
  }
}

const shaped = (graph: Graph, x: Tensor, shape: Shape, name: string): Tensor =>
  graph.apply(reshape, { x }, reshapeTo(shape), name).y as Tensor;

const part = (graph: Graph, x: Tensor, axis: number, from: number, to: number, name: string): Tensor =>
  graph.apply(slice, { x }, { axis, from, to }, name).y as Tensor;

const folded = (op: Op, graph: Graph, list: readonly Tensor[], name: string): Tensor =>
  list.reduce((a, b) => graph.apply(op, { a, b }, {}, name).y as Tensor);
/** Side by side. */
const join = (graph: Graph, list: readonly Tensor[], name: string): Tensor => folded(concat, graph, list, name);
const sum = (graph: Graph, list: readonly Tensor[], name: string): Tensor => folded(add, graph, list, name);
