import { rules } from "../check.js";
import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import { MAX_STEPS, Program, type StepValues } from "../gpu/program.js";
import { fuse } from "../graph/fuse.js";
import type { Graph } from "../graph/graph.js";
import { Plan } from "../graph/plan.js";
import { ancestralGraphs } from "./ancestral-graphs.js";
import type { PixelCnn } from "./pixelcnn.js";
import { conditionsOf, type Given } from "./prior-conditions.js";

/** How codes are drawn. */
export interface DrawOptions extends Given {
  /** Of the draws: map number i is a function of the weights, the seed, i, its label and its top map. Default 0. */
  readonly seed?: number;
  /** Divides the logits; at 0 the most probable code is taken. Default 1. */
  readonly temperature?: number;
  /** Codes that a draw is among: so many of the most probable. Default all. */
  readonly topK?: number;
  /** The fewest codes that hold this share of the probability (Holtzman et al. 2020). Default 1, all. */
  readonly topP?: number;
}

/** Dispatches that may wait in the queue. */
const AHEAD = 4096;

/** Draws maps of codes from a PixelCNN, pixel by pixel, on the GPU from end to end: nothing comes back before the maps are
 * whole. Of each layer only what is new is computed, over kept features: the vertical stack a row at a time, the horizontal stack
 * a pixel at a time. Every sum runs in the order of the model's own kernels, so that the codes are those that evaluating the
 * whole map for each pixel would give, bit for bit. */
export class PriorSampler {
  private readonly start: Program | undefined;
  private readonly row: Program;
  private readonly pixel: Program;

  /** @param maps that are drawn side by side
   * @throws InputError where the adapter cannot hold so many */
  constructor(
    private readonly device: Device,
    private readonly model: PixelCnn,
    weights: Program,
    readonly maps: number,
  ) {
    const { start, row, pixel } = ancestralGraphs(model, maps);
    const load = (graph: Graph, share: readonly Program[]): Program => {
      fuse(graph);
      return new Program(device, new Plan(graph, device), share);
    };
    this.start = start && load(start, [weights]);
    const shared = this.start ? [this.start, weights] : [weights];
    this.row = load(row, shared);
    this.pixel = load(pixel, [this.row, ...shared]);
  }

  /** `count` maps [count, H * W].
   * @throws InputError for an option out of range, or where the weights give no finite logits */
  async sample(count: number, options: DrawOptions = {}): Promise<Uint32Array> {
    const { numEmbeddings, shape } = this.model.config;
    const width = shape[0] * shape[1];
    const step = drawStep(options);
    const given = conditionsOf(this.model.config, count, options);
    const codes = new Uint32Array(count * width);
    for (let first = 0; first < count; first += this.maps) {
      const rows = Math.min(this.maps, count - first);
      if (this.start) {
        for (const { name, width: w, values } of given)
          this.start.write(name, values.subarray(first * w, (first + rows) * w));
        this.start.run([{ rows }]);
      }
      await this.draw({ ...step, cursor: first, rows });
      const drawn = (await this.pixel.read("codes")) as Uint32Array;
      codes.set(drawn.subarray(0, rows * width), first * width);
    }
    const bad = codes.findIndex((code) => code >= numEmbeddings);
    if (bad >= 0)
      throw new InputError(
        `The prior's logits are not finite at pixel ${bad % width} of map ${Math.floor(bad / width)}; its weights are damaged, use another checkpoint.`,
      );
    return codes;
  }

  /** Every pixel of `maps` maps, in order. */
  private async draw(step: StepValues): Promise<void> {
    const [H, W] = this.model.config.shape;
    let waiting = 0;
    for (let pixel = 0; pixel < H * W; ) {
      if (pixel % W === 0) this.row.run([{ ...step, pixel }]);
      const count = Math.min(W - (pixel % W), MAX_STEPS);
      this.pixel.run(Array.from({ length: count }, (_, i) => ({ ...step, pixel: pixel + i })));
      pixel += count;
      waiting += count * this.pixel.lines.length;
      if (waiting < AHEAD) continue;
      await this.device.idle();
      waiting = 0;
    }
  }

  dispose(): void {
    this.pixel.dispose();
    this.row.dispose();
    this.start?.dispose();
  }
}

/** The draws' part of the step uniform. */
export function drawStep({ seed = 0, temperature = 1, topK = 0, topP = 1 }: DrawOptions): StepValues {
  rules.integer(0, Number.MAX_SAFE_INTEGER)(seed, "seed");
  rules.number(0, 100)(temperature, "temperature");
  rules.integer(0, 65_536)(topK, "topK");
  rules.above(0, 1)(topP, "topP");
  return {
    seed_low: seed >>> 0,
    seed_high: Math.floor(seed / 2 ** 32),
    temperature,
    top_k: topK,
    top_p: topP,
  };
}
