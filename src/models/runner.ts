import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { Program } from "../gpu/program.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { elements } from "../ops/op.js";
import { RandomStream, streams } from "../random/philox.js";
import { checkMaps, interleaved, separated } from "./code-maps.js";
import { checkedLabels, classesInTurn } from "./labels.js";
import { meansOf } from "./latent-rows.js";
import { assertCoded, assertPrior, assertTemporal, type Coded, type CodeLevel, type Model } from "./model.js";
import { RowPrograms, type Rows } from "./row-programs.js";
import { nearerEnds, type WalkPath, walks } from "./walks.js";

/** Class of each row. */
export type Labels = ArrayLike<number>;

/** How a walk between images goes, and what a conditional model is told on it. */
export interface WalkOptions {
  /** Default line. */
  readonly path?: WalkPath;
  /** Class of each image of both ends, where the encoder or the decoder is told. */
  readonly labels?: { readonly from: Labels; readonly to: Labels } | undefined;
  /** Class that every image of a walk is decoded as; that of the nearer end where left out. */
  readonly as?: number | undefined;
}

/** Rows of numbers that a model is given, and whether it is told their classes. */
interface OneInput {
  readonly values: Float32Array;
  readonly width: number;
  readonly told: boolean | undefined;
  readonly labels: Labels | undefined;
}

export interface RolloutOptions {
  readonly jumps: number;
  /** Frames that each jump goes. Default 1. */
  readonly length?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Default 1. */
  readonly temperature?: number;
}

/** A trained model at work: further plans over the weights of a program. Images are rows of H * W * C numbers in [0, 1],
 * channels last; latents rows of latentDim numbers. Any number of rows. */
export class Runner {
  private readonly programs: RowPrograms;

  constructor(
    device: Device,
    readonly model: Model,
    weights: Program,
  ) {
    this.programs = new RowPrograms(device, model.parameters, weights);
  }

  /** Latents of images: the code of an AE, the mean of a VAE's posterior, what the quantizer of a VQ-VAE is given.
   * @param labels class of each image, for a conditional model whose encoder is told */
  async encode(images: Float32Array, labels?: Labels): Promise<Float32Array> {
    const { latentDim } = this.model;
    const out = await this.statistics(images, labels);
    return this.model.config.kind === "vae" ? meansOf(out, latentDim) : out;
  }

  /** What the encoder gives: the code of an AE [N, latentDim], mu and logVar of a VAE [N, 2 latentDim]. */
  statistics(images: Float32Array, labels?: Labels): Promise<Float32Array> {
    const { model } = this;
    return this.one(
      "encode",
      { values: images, width: model.width, told: model.conditional?.tells.encoder, labels },
      (graph, x, y) => model.encode(graph, x, y),
    );
  }

  /** Images of latents.
   * @param labels class of each, for a conditional model whose decoder is told */
  decode(latents: Float32Array, labels?: Labels): Promise<Float32Array> {
    const { model } = this;
    return this.one(
      "decode",
      { values: latents, width: model.latentDim, told: model.conditional?.tells.decoder, labels },
      (graph, z, y) => model.decode(graph, z, y),
    );
  }

  /** Images through encoder and decoder; a VAE's by its posterior mean. */
  async reconstruct(images: Float32Array, labels?: Labels): Promise<Float32Array> {
    return this.decode(await this.encode(images, labels), labels);
  }

  /** `count` images of latents drawn from N(0, temperature^2 I), a function of the seed; of a conditional model of the classes
   * `labels`, 0, 1, 2, ... round and round where left out, each around the mean of its class where the prior is told of it.
   * @throws InputError where the model has no prior to draw from, or labels are not its classes */
  async sample(count: number, seed = 0, temperature = 1, labels?: Labels): Promise<Float32Array> {
    const { model } = this;
    assertPrior(model);
    const random = new RandomStream(seed, streams.sample);
    const noise = Float32Array.from({ length: count * model.latentDim }, () => temperature * random.normal());
    if (!model.conditional) return this.decode(noise);
    const classes = labels ?? classesInTurn(count, model.conditional.numClasses);
    const means = await this.priorMeans(classes);
    return this.decode(means ? noise.map((value, i) => value + means[i]) : noise, classes);
  }

  /** Means of the prior by class [N, latentDim], of a conditional model whose prior is told; of others nothing, they are 0. */
  async priorMeans(labels: Labels): Promise<Float32Array | undefined> {
    const { conditional } = this.model;
    if (!conditional?.tells.prior) return undefined;
    const values = checkedLabels(conditional, labels, labels.length);
    const [means] = await this.programs.map("prior", [{ values, shape: [] }], (graph, [y]) => [
      conditional.means(graph, y as Tensor),
    ]);
    return means as Float32Array;
  }

  /** `steps` images between the latents of each pair of images (means, not draws), ends counted in: [pairs * steps, D]. */
  async interpolate(
    from: Float32Array,
    to: Float32Array,
    steps: number,
    { labels, as, path = "line" }: WalkOptions = {},
  ): Promise<Float32Array> {
    const [a, b] = [await this.encode(from, labels?.from), await this.encode(to, labels?.to)];
    const z = walks(a, b, this.model.latentDim, steps, path);
    if (as !== undefined) return this.decode(z, new Uint32Array(z.length / this.model.latentDim).fill(as));
    return this.decode(z, labels && nearerEnds(labels, steps));
  }

  /** Of sequences that begin with the given frames [N, times * H * W * C]: the last of these as the model believes it to be, and the
   * frame that follows after each of `jumps` jumps of `length` frames, [N, jumps + 1, H, W, C]. A function of the seed; states
   * are as they are drawn, or with temperature 0 their means.
   * @throws InputError where the model is none of sequences, or has not learnt such jumps */
  async rollout(given: Float32Array, times: number, options: RolloutOptions): Promise<Float32Array> {
    const { jumps, length = 1, seed = 0, temperature = 1 } = options;
    const { frameShape, stateDim, maxJump, rollout } = assertTemporal(this.model);
    if (!(Number.isInteger(length) && length >= 1 && length <= maxJump))
      throw new InputError(`The jumps are of ${length} frames, and the model has learnt jumps of 1 to ${maxJump}.`);
    const width = times * elements(frameShape);
    const states = (jumps + 1) * stateDim;
    const random = new RandomStream(seed, streams.sample);
    const rows = given.length / width;
    const eps = Float32Array.from({ length: rows * states }, () => temperature * random.normal());
    const inputs = [
      { values: given, shape: [width] },
      { values: new Uint32Array(rows).fill(length - 1), shape: [] },
      { values: eps, shape: [states] },
    ];
    const [frames] = await this.programs.map(`rollout ${times} ${jumps}`, inputs, (graph, [x, jump, noise]) => [
      rollout(graph, x as Tensor, jump as Tensor, noise as Tensor),
    ]);
    return frames as Float32Array;
  }

  /** The maps of codes that `indices` gives, the coarsest first. @throws InputError where the model has none */
  get levels(): readonly CodeLevel[] {
    return this.coded.levels;
  }

  /** Codes of images: the indices of each level's map, [N, height, width], of a residual quantizer [N, height, width, sets].
   * @throws InputError where the model has no codes */
  async indices(images: Float32Array): Promise<Uint32Array[]> {
    const { levels, choose } = this.coded;
    const found = (await this.programs.map("indices", [{ values: images, shape: [this.model.width] }], (graph, [x]) =>
      choose(graph, x as Tensor).map((choice) => choice.indices),
    )) as Uint32Array[];
    let first = 0;
    return levels.map(({ sets }) => {
      const own = found.slice(first, first + sets.length);
      first += sets.length;
      return interleaved(own);
    });
  }

  /** Images of codes, as `indices` gives them: a map each level.
   * @throws InputError where the maps are not the model's, or an index is no code's */
  async picture(maps: readonly Uint32Array[]): Promise<Float32Array> {
    const { levels, picture } = this.coded;
    checkMaps(levels, maps);
    const inputs = levels.flatMap(({ height, width, sets }, i) =>
      separated(maps[i] as Uint32Array, sets.length).map((values) => ({ values, shape: [height, width] })),
    );
    const [images] = await this.programs.map("picture", inputs, (graph, indices) => [picture(graph, indices)]);
    return images as Float32Array;
  }

  private get coded(): Coded {
    return assertCoded(this.model);
  }

  /** One input of rows [N, width], and their classes where a conditional model is told; one output. */
  private async one(
    name: string,
    { values, width, told = false, labels }: OneInput,
    build: (graph: Graph, x: Tensor, labels?: Tensor) => Tensor,
  ): Promise<Float32Array> {
    const inputs: Rows[] = [{ values, shape: [width] }];
    if (told && this.model.conditional)
      inputs.push({ values: checkedLabels(this.model.conditional, labels, values.length / width), shape: [] });
    const [out] = await this.programs.map(name, inputs, (graph, [x, y]) => [build(graph, x as Tensor, y)]);
    return out as Float32Array;
  }

  dispose(): void {
    this.programs.dispose();
  }
}
