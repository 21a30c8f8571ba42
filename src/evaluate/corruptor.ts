import type { Device } from "../gpu/device.js";
import { Program } from "../gpu/program.js";
import { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import { root } from "../graph/tensor.js";
import type { CorruptionConfig } from "../train/config.js";
import { corrupt, hiddenPixels } from "../train/corruption.js";

/** Images as an encoder in training would see them. */
export interface Corrupted {
  readonly seen: Float32Array;
  /** 1 where a pixel is hidden and 0 elsewhere; nothing for gaussian noise. */
  readonly hidden?: Float32Array;
}

/** Draws a run's corruption on images outside of training: a function of the seed and of the place of a row alone. */
export class Corruptor {
  private readonly program: Program;
  private readonly width: number;
  private readonly outputs: readonly (keyof Corrupted)[];

  /** @param rows images that one dispatch works on */
  constructor(
    device: Device,
    inputShape: readonly number[],
    config: CorruptionConfig,
    readonly rows = 64,
  ) {
    this.width = inputShape.reduce((n, d) => n * d, 1);
    const graph = new Graph(new Parameters());
    const x = graph.input("corruptor.x", [rows, this.width]);
    const made = new Map([["seen", graph.keep(root(corrupt(graph, x, config, inputShape, undefined)))]]);
    if (config.kind !== "gaussian") made.set("hidden", graph.keep(root(hiddenPixels(graph, x, config, inputShape))));
    this.outputs = [...made.keys()] as (keyof Corrupted)[];
    this.program = new Program(device, new Plan(graph, device, made));
  }

  /** Whether it takes the place of pixels, and tells which. */
  get hides(): boolean {
    return this.outputs.includes("hidden");
  }

  /** images [N, H * W * C] corrupted; `chunk` counts the calls before, in chunks of `rows`. */
  async apply(images: Float32Array, seed: number, chunk = 0): Promise<Corrupted> {
    const { width, rows, program, outputs } = this;
    const out = outputs.map(() => new Float32Array(images.length));
    for (let at = 0, step = chunk; at < images.length; at += rows * width, step++) {
      program.write("corruptor.x", images.subarray(at, at + rows * width));
      program.run([{ seed_low: seed >>> 0, seed_high: Math.floor(seed / 2 ** 32), step, rows }]);
      for (const [i, name] of outputs.entries()) {
        const values = (await program.read(name)) as Float32Array;
        out[i]?.set(values.subarray(0, Math.min(rows * width, images.length - at)), at);
      }
    }
    return Object.fromEntries(outputs.map((name, i) => [name, out[i]])) as unknown as Corrupted;
  }

  dispose(): void {
    this.program.dispose();
  }
}
