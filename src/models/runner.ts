import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { StepValues } from "../gpu/program.js";
import { Program } from "../gpu/program.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import { Plan } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import { RandomStream, streams } from "../random/philox.js";
import type { Model } from "./model.js";

/** Rows that one submit works on. */
const CHUNK = 64;

/** A trained model at work: further plans over the weights of a program. Images are rows of H * W * C numbers in [0, 1],
 * channels last; latents rows of latentDim numbers. Any number of rows. */
export class Runner {
  private readonly programs = new Map<string, Program>();

  constructor(
    private readonly device: Device,
    readonly model: Model,
    private readonly weights: Program,
  ) {}

  /** Latents of images: the code of an AE, the mean of a VAE's posterior. */
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
    return this.map("encode", images, this.model.width, (graph, x) => this.model.encode(graph, x));
  }

  /** Images of latents. */
  decode(latents: Float32Array): Promise<Float32Array> {
    return this.map("decode", latents, this.model.latentDim, (graph, z) => this.model.decode(graph, z));
  }

  /** Images through encoder and decoder; a VAE's by its posterior mean. */
  async reconstruct(images: Float32Array): Promise<Float32Array> {
    return this.decode(await this.encode(images));
  }

  /** `count` images of latents drawn from N(0, temperature^2 I), a function of the seed.
   * @throws InputError where the model has no prior to draw from */
  async sample(count: number, seed = 0, temperature = 1): Promise<Float32Array> {
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

  private async map(
    name: string,
    values: Float32Array,
    width: number,
    build: (graph: Graph, x: Tensor) => Tensor,
  ): Promise<Float32Array> {
    if (values.length % width !== 0)
      throw new InputError(`${name} takes rows of ${width} numbers and got ${values.length}; check the shape.`);
    const program = this.program(name, width, build);
    const rows = values.length / width;
    let out = new Float32Array(0);
    const step: StepValues = { rows: CHUNK };
    for (let at = 0; at < rows; at += CHUNK) {
      const count = Math.min(CHUNK, rows - at);
      program.write("x", values.subarray(at * width, (at + count) * width));
      program.run([step]);
      const chunk = (await program.read("y")) as Float32Array;
      const perRow = chunk.length / CHUNK;
      if (at === 0) out = new Float32Array(rows * perRow);
      out.set(chunk.subarray(0, count * perRow), at * perRow);
    }
    return out;
  }

  private program(name: string, width: number, build: (graph: Graph, x: Tensor) => Tensor): Program {
    const known = this.programs.get(name);
    if (known) return known;
    const graph = new Graph(this.model.parameters);
    const y = graph.keep(build(graph, graph.input("x", [CHUNK, width])));
    fuse(graph);
    const plan = new Plan(graph, this.device, new Map([["y", y]]));
    const program = new Program(this.device, plan, [this.weights]);
    this.programs.set(name, program);
    return program;
  }

  dispose(): void {
    for (const program of this.programs.values()) program.dispose();
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
