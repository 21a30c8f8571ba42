import type { Device } from "../gpu/device.js";
import { Program } from "../gpu/program.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import { Plan } from "../graph/plan.js";
import type { Model } from "../models/model.js";

/** The loss terms of a model row by row, the same kernels that training runs, over the weights of a program. */
export class RowTerms {
  readonly names: readonly string[];
  private readonly program: Program;

  /** @param rows images that one run works on
   * @param counting whether the reconstruction counts in some pixels only, told with the images */
  constructor(device: Device, model: Model, weights: Program, rows: number, counting = false) {
    const graph = new Graph(model.parameters);
    const x = graph.input("terms.x", [rows, model.width]);
    const denoising = model.config.kind === "dae";
    const seen = denoising ? graph.input("terms.seen", [rows, model.width]) : x;
    const eps = model.config.kind === "vae" ? graph.input("terms.eps", [rows, model.latentDim]) : undefined;
    const labels = model.conditional ? graph.input("terms.labels", [rows], "u32") : undefined;
    const { terms } = model.forward(graph, {
      input: seen,
      target: x,
      ...(eps && { eps }),
      ...(labels && { labels }),
      ...(counting && { counted: graph.input("terms.counted", [rows, model.width]) }),
    });
    const kept = terms.map((t) => [`terms.${t.name}`, graph.keep(t.tensor)] as const);
    fuse(graph);
    this.names = terms.map((t) => t.name);
    this.program = new Program(device, new Plan(graph, device, new Map(kept)), [weights]);
  }

  /** Sets the images of the runs to come: the targets, what the encoder sees, and where errors count, each [up to rows, H * W * C];
   * for a conditional model their classes. */
  load(images: Float32Array, seen: Float32Array, counted?: Float32Array, labels?: Uint32Array): void {
    if (labels) this.program.write("terms.labels", labels);
    this.program.write("terms.x", images);
    if (this.program.has("terms.seen")) this.program.write("terms.seen", seen);
    if (counted && this.program.has("terms.counted")) this.program.write("terms.counted", counted);
  }

  /** Each term [rows] by its name, in canonical units (nats or squared error, summed over an image). `eps` [up to rows,
   * latentDim] is a VAE's noise; other models draw theirs by the seed and number of `draw`. */
  async run(
    rows: number,
    eps?: Float32Array,
    draw: { readonly seed: number; readonly step: number } = { seed: 0, step: 0 },
  ): Promise<Readonly<Record<string, Float32Array>>> {
    if (eps) this.program.write("terms.eps", eps);
    const { seed, step } = draw;
    this.program.run([{ rows, step, seed_low: seed >>> 0, seed_high: Math.floor(seed / 2 ** 32) }]);
    const out: Record<string, Float32Array> = {};
    for (const name of this.names)
      out[name] = ((await this.program.read(`terms.${name}`)) as Float32Array).subarray(0, rows);
    return out;
  }

  dispose(): void {
    this.program.dispose();
  }
}
