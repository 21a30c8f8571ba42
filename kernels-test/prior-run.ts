import type { CodeMaps } from "../src/data/codes.js";
import type { Device } from "../src/gpu/device.js";
import { Program, type StepValues } from "../src/gpu/program.js";
import { fuse } from "../src/graph/fuse.js";
import { Graph } from "../src/graph/graph.js";
import { Plan } from "../src/graph/plan.js";
import type { Tensor } from "../src/graph/tensor.js";
import { initialWeights } from "../src/layers/init.js";
import { PixelCnn } from "../src/models/pixelcnn.js";
import type { PixelCnnConfig } from "../src/models/pixelcnn-config.js";
import { conditionsOf } from "../src/models/prior-conditions.js";
import { type DrawOptions, drawStep } from "../src/models/prior-sampler.js";
import { weightsProgram } from "../src/models/weights-program.js";
import { drawCode } from "../src/ops/draw-code.js";
import { reshape, reshapeTo } from "../src/ops/reshape.js";
import { RandomStream, streams } from "../src/random/philox.js";
import type { PriorRunConfig } from "../src/train/config.js";

export const smallPrior: PixelCnnConfig = {
  kind: "pixelcnn",
  shape: [4, 5],
  numEmbeddings: 6,
  channels: 6,
  layers: 3,
  firstKernel: 5,
};

export const priorRun = (model: PixelCnnConfig, more: Partial<PriorRunConfig> = {}): PriorRunConfig => ({
  model,
  data: "small",
  batch: 8,
  epochs: 2,
  seed: 5,
  optimizer: { kind: "adam", lr: 5e-3 },
  reduction: "elementMean",
  ...more,
});

/** Maps with structure: from a drawn start, a code follows from its neighbours by the map's class, but for one in ten. Their
 * top maps hold the class. */
export function stripes(
  count: number,
  [H, W]: readonly [number, number],
  K: number,
  classes = 2,
  [h, w]: readonly [number, number] = [1, 1],
): CodeMaps & Required<Pick<CodeMaps, "labels" | "top">> {
  const random = new RandomStream(3, streams.test);
  const codes = new Uint32Array(count * H * W);
  const labels = Uint32Array.from({ length: count }, (_, i) => (i * 7) % classes);
  for (let n = 0; n < count; n++) {
    const first = random.below(K);
    for (let p = 0; p < H * W; p++) {
      const [y, x] = [Math.floor(p / W), p % W];
      const noise = random.uniform() < 0.1 ? random.below(K) : 0;
      codes[n * H * W + p] = (first + ((labels[n] as number) + 1) * y + 2 * x + noise) % K;
    }
  }
  const top = Uint32Array.from({ length: count * h * w }, (_, i) => labels[Math.floor(i / (h * w))] as number);
  return {
    name: "stripes",
    count,
    shape: [H, W],
    numEmbeddings: K,
    codes,
    labels,
    top: { shape: [h, w], numEmbeddings: classes, codes: top },
  };
}

/** A model with weights that make its logits vary: twice PyTorch's. */
export function drawnModel(device: Device, config: PixelCnnConfig, scale = 2): { model: PixelCnn; weights: Program } {
  const model = new PixelCnn(config);
  const arena = initialWeights(model.parameters, 3).map((v) => scale * v);
  return { model, weights: weightsProgram(device, arena) };
}

/** A program that evaluates the whole map, of B maps: the kernels that training runs. */
export class WholeMap {
  readonly program: Program;

  constructor(
    device: Device,
    readonly model: PixelCnn,
    weights: Program,
    readonly B: number,
    build: (graph: Graph, logits: Tensor, codes: Tensor) => void = () => undefined,
  ) {
    const { shape, numEmbeddings, numClasses, top } = model.config;
    const graph = new Graph(model.parameters);
    const codes = graph.input("codes", [B, ...shape], "u32");
    const logits = model.logits(graph, {
      codes,
      ...(numClasses && { labels: graph.input("labels", [B], "u32") }),
      ...(top && { top: graph.input("top", [B, ...top.shape], "u32") }),
    });
    graph.keep(logits);
    const pixels = shape[0] * shape[1];
    const view = (x: Tensor, to: readonly number[]): Tensor => graph.apply(reshape, { x }, reshapeTo(to)).y as Tensor;
    build(graph, view(logits, [B, pixels, numEmbeddings]), view(codes, [B, pixels]));
    fuse(graph);
    this.program = new Program(device, new Plan(graph, device, new Map([["logits", logits]])), [weights]);
  }

  write(codes: Uint32Array, given: DrawOptions): void {
    this.program.write("codes", codes);
    for (const { name, values } of conditionsOf(this.model.config, this.B, given)) this.program.write(name, values);
  }

  /** [B, H, W, numEmbeddings]. */
  async logits(codes: Uint32Array, given: DrawOptions = {}): Promise<Float32Array> {
    this.write(codes, given);
    this.program.run([{}]);
    return (await this.program.read("logits")) as Float32Array;
  }
}

/** What sampling comes to by its definition: for each pixel in turn the whole map is evaluated and the pixel drawn. */
export class NaiveSampler {
  private readonly map: WholeMap;

  constructor(
    private readonly device: Device,
    model: PixelCnn,
    weights: Program,
    B: number,
  ) {
    const stream = model.config.top ? streams.conditionedPrior : streams.prior;
    this.map = new WholeMap(device, model, weights, B, (graph, x, codes) => {
      graph.apply(drawCode, { x, codes }, { stream });
    });
  }

  /** Draws the pixels [from, to) of maps that begin as `codes`. */
  async draw(codes: Uint32Array, options: DrawOptions, from: number, to: number): Promise<Uint32Array> {
    const step: StepValues = { ...drawStep(options), cursor: 0 };
    this.map.write(codes, options);
    for (let pixel = from; pixel < to; pixel++) {
      this.map.program.run([{ ...step, pixel }]);
      if (pixel % 16 === 15) await this.device.idle();
    }
    return (await this.map.program.read("codes")) as Uint32Array;
  }

  dispose(): void {
    this.map.program.dispose();
  }
}
