import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import { Program } from "../gpu/program.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import { Plan } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import { elements, type Shape } from "../ops/op.js";
import { RandomStream, streams } from "../random/philox.js";
import { checkMaps, interleaved, separated } from "./code-maps.js";
import { assertCoded, assertTemporal, type Coded, type CodeLevel, type Model } from "./model.js";

/** Rows that one submit works on. */
const CHUNK = 64;

/** An input of rows of a shape. */
interface Rows {
  readonly values: Float32Array | Uint32Array;
  readonly shape: Shape;
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
  private readonly programs = new Map<string, { readonly program: Program; readonly outputs: readonly string[] }>();

  constructor(
    private readonly device: Device,
    readonly model: Model,
    private readonly weights: Program,
  ) {}

  /** Latents of images: the code of an AE, the mean of a VAE's posterior, what the quantizer of a VQ-VAE is given. */
  async encode(images: Float32Array): Promise<Float32Array> {
    const { latentDim } = this.model;
    const out = await this.statistics(images);
    const width = this.model.config.kind === "vae" ? 2 * latentDim : latentDim;
    if (width === latentDim) return out;
    const rows = out.length / width;
    const mu = new Float32Array(rows * latentDim);
    for (let r = 0; r < rows; r++) mu.set(out.subarray(r * width, r * width + latentDim), r * latentDim);
    return mu;
  }

  /** What the encoder gives: the code of an AE [N, latentDim], mu and logVar of a VAE [N, 2 latentDim]. */
  statistics(images: Float32Array): Promise<Float32Array> {
    return this.one("encode", images, this.model.width, (graph, x) => this.model.encode(graph, x));
  }

  /** Images of latents. */
  decode(latents: Float32Array): Promise<Float32Array> {
    return this.one("decode", latents, this.model.latentDim, (graph, z) => this.model.decode(graph, z));
  }

  /** Images through encoder and decoder; a VAE's by its posterior mean. */
  async reconstruct(images: Float32Array): Promise<Float32Array> {
    return this.decode(await this.encode(images));
  }

  /** `count` images of latents drawn from N(0, temperature^2 I), a function of the seed.
   * @throws InputError where the model has no prior to draw from */
  async sample(count: number, seed = 0, temperature = 1): Promise<Float32Array> {
    if (this.model.coded)
      throw new InputError(
        "Codes have no prior of their own: train one (latentgpu train pixelcnn --codes RUN) and draw from it (latentgpu sample RUN --prior PRIOR).",
      );
    if (this.model.temporal)
      throw new InputError(
        "A model of sequences goes on from frames that it is given and has no prior without them: use rollout (latentgpu rollout RUN).",
      );
    if (this.model.config.kind !== "vae")
      throw new InputError(
        `A model of kind "${this.model.config.kind}" has no prior to sample from; train a "vae", or use reconstruct and interpolate.`,
      );
    const random = new RandomStream(seed, streams.sample);
    const z = Float32Array.from({ length: count * this.model.latentDim }, () => temperature * random.normal());
    return this.decode(z);
  }

  /** `steps` images between the latents of each pair of images (means, not draws), ends counted in: [pairs * steps, D]. */
  async interpolate(from: Float32Array, to: Float32Array, steps: number): Promise<Float32Array> {
    const [a, b] = [await this.encode(from), await this.encode(to)];
    const { latentDim } = this.model;
    const pairs = a.length / latentDim;
    const z = new Float32Array(pairs * steps * latentDim);
    for (let p = 0; p < pairs; p++)
      for (let s = 0; s < steps; s++) {
        const t = steps === 1 ? 0 : s / (steps - 1);
        for (let l = 0; l < latentDim; l++)
          z[(p * steps + s) * latentDim + l] = (1 - t) * a[p * latentDim + l] + t * b[p * latentDim + l];
      }
    return this.decode(z);
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
    const [frames] = await this.map(`rollout ${times} ${jumps}`, inputs, (graph, [x, jump, noise]) => [
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
    const found = (await this.map("indices", [{ values: images, shape: [this.model.width] }], (graph, [x]) =>
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
    const [images] = await this.map("picture", inputs, (graph, indices) => [picture(graph, indices)]);
    return images as Float32Array;
  }

  private get coded(): Coded {
    return assertCoded(this.model);
  }

  /** One input of rows [N, width], one output. */
  private async one(
    name: string,
    values: Float32Array,
    width: number,
    build: (graph: Graph, x: Tensor) => Tensor,
  ): Promise<Float32Array> {
    const [out] = await this.map(name, [{ values, shape: [width] }], (graph, [x]) => [build(graph, x as Tensor)]);
    return out as Float32Array;
  }

  /** Runs a graph over the rows of its inputs, CHUNK at a time; gives the rows of each output. */
  private async map(
    name: string,
    inputs: readonly Rows[],
    build: (graph: Graph, x: readonly Tensor[]) => readonly Tensor[],
  ): Promise<(Float32Array | Uint32Array)[]> {
    const widths = inputs.map(({ shape }) => elements(shape));
    inputs.forEach(({ values }, i) => {
      if (values.length % (widths[i] as number) !== 0)
        throw new InputError(`${name} takes rows of ${widths[i]} numbers and got ${values.length}; check the shape.`);
    });
    const { program, outputs } = this.program(name, inputs, build);
    const rows = (inputs[0]?.values.length ?? 0) / (widths[0] as number);
    const out: (Float32Array | Uint32Array)[] = outputs.map(() => new Float32Array(0));
    for (let at = 0; at < rows; at += CHUNK) {
      const count = Math.min(CHUNK, rows - at);
      inputs.forEach(({ values }, i) => {
        const width = widths[i] as number;
        program.write(`x${i}`, values.subarray(at * width, (at + count) * width));
      });
      program.run([{ rows: CHUNK }]);
      for (const [i, tensor] of outputs.entries()) {
        const chunk = (await program.read(tensor)) as Float32Array | Uint32Array;
        const perRow = chunk.length / CHUNK;
        if (at === 0) out[i] = new (chunk instanceof Uint32Array ? Uint32Array : Float32Array)(rows * perRow);
        out[i]?.set(chunk.subarray(0, count * perRow), at * perRow);
      }
    }
    return out;
  }

  private program(
    name: string,
    inputs: readonly Rows[],
    build: (graph: Graph, x: readonly Tensor[]) => readonly Tensor[],
  ): { readonly program: Program; readonly outputs: readonly string[] } {
    const known = this.programs.get(name);
    if (known) return known;
    const graph = new Graph(this.model.parameters);
    const x = inputs.map(({ values, shape }, i) =>
      graph.input(`x${i}`, [CHUNK, ...shape], values instanceof Uint32Array ? "u32" : "f32"),
    );
    const y = build(graph, x).map((tensor, i) => [`y${i}`, graph.keep(tensor)] as const);
    fuse(graph);
    const program = new Program(this.device, new Plan(graph, this.device, new Map(y)), [this.weights]);
    const made = { program, outputs: y.map(([tensor]) => tensor) };
    this.programs.set(name, made);
    return made;
  }

  dispose(): void {
    for (const { program } of this.programs.values()) program.dispose();
    this.programs.clear();
  }
}

/** A program that holds nothing but what a model has learnt, for a run that was loaded from a file: its weight arena, and its
 * statistics where it has such (batch norm's running ones). */
export function weightsProgram(
  device: Device,
  weight: Float32Array,
  statistics: Float32Array = new Float32Array(0),
): Program {
  const arenas = [
    ["weight arena", weight, "weights"] as const,
    ["statistics arena", statistics, "statistics"] as const,
  ];
  const program = new Program(device, {
    dispatches: [],
    buffers: arenas.map(([name, { byteLength }, role]) => ({
      name,
      bytes: Math.max(256, byteLength),
      shareable: true,
      role,
    })),
    places: new Map(),
    sizesData: new Uint8Array(256),
  });
  for (const [name, values] of arenas) if (values.length > 0) program.writeBuffer(name, values);
  return program;
}
