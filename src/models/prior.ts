import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import { Program } from "../gpu/program.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import { Plan } from "../graph/plan.js";
import type { PixelCnn } from "./pixelcnn.js";
import { conditionsOf, type Given, refuseFrom } from "./prior-conditions.js";
import { type DrawOptions, PriorSampler } from "./prior-sampler.js";

/** Maps that are drawn side by side at most. */
const MAPS = 64;
/** Bytes of logits that one submit of `nll` may take. */
const LOGITS = 2 ** 26;

/** A trained prior at work, over the weights of a program. Maps of codes are rows of H * W numbers. */
export class Prior {
  private sampler: PriorSampler | undefined;
  private scorer: Program | undefined;
  private readonly rows: number;

  constructor(
    private readonly device: Device,
    readonly model: PixelCnn,
    private readonly weights: Program,
  ) {
    const { shape, numEmbeddings } = model.config;
    const fitting = Math.floor(LOGITS / (4 * shape[0] * shape[1] * numEmbeddings));
    this.rows = Math.min(MAPS, Math.max(1, fitting));
  }

  /** `count` maps [count, H * W], drawn on the GPU: see PriorSampler.
   * @throws InputError for an option out of range */
  async sample(count: number, options: DrawOptions = {}): Promise<Uint32Array> {
    const maps = Math.min(count, MAPS);
    if (this.sampler?.maps !== maps) {
      this.sampler?.dispose();
      this.sampler = new PriorSampler(this.device, this.model, this.weights, maps);
    }
    return this.sampler.sample(count, options);
  }

  /** -log p of maps [count, H * W], in nats a map. Divided by H W log 2 it is in bits a code.
   * @throws InputError where codes or conditions are not the model's */
  async nll(codes: Uint32Array, given: Given = {}): Promise<Float32Array> {
    const { config } = this.model;
    const width = config.shape[0] * config.shape[1];
    const count = codes.length / width;
    if (!Number.isInteger(count))
      throw new InputError(
        `The prior takes maps of [${config.shape}] and ${codes.length} codes were given; check the shape.`,
      );
    refuseFrom(codes, config.numEmbeddings, "code", "codes");
    const inputs = [{ name: "codes", width, values: codes }, ...conditionsOf(config, count, given)];
    this.scorer ??= this.buildScorer();
    const out = new Float32Array(count);
    for (let first = 0; first < count; first += this.rows) {
      const rows = Math.min(this.rows, count - first);
      for (const { name, width: w, values } of inputs)
        this.scorer.write(name, values.subarray(first * w, (first + rows) * w));
      this.scorer.run([{ rows }]);
      out.set(((await this.scorer.read("nll")) as Float32Array).subarray(0, rows), first);
    }
    return out;
  }

  private buildScorer(): Program {
    const { rows, model } = this;
    const { shape, numClasses, top } = model.config;
    const graph = new Graph(model.parameters);
    const { terms } = model.forward(graph, {
      codes: graph.input("codes", [rows, ...shape], "u32"),
      ...(numClasses && { labels: graph.input("labels", [rows], "u32") }),
      ...(top && { top: graph.input("top", [rows, ...top.shape], "u32") }),
    });
    const nll = graph.keep(terms[0]?.tensor as never);
    fuse(graph);
    return new Program(this.device, new Plan(graph, this.device, new Map([["nll", nll]])), [this.weights]);
  }

  dispose(): void {
    this.sampler?.dispose();
    this.scorer?.dispose();
  }
}
