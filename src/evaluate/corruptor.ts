import type { Device } from "../gpu/device.js";
import { Program } from "../gpu/program.js";
import { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import { root } from "../graph/tensor.js";
import type { CorruptionConfig } from "../train/config.js";
import { corrupt } from "../train/corruption.js";

/** Draws a run's corruption on images outside of training: a function of the seed and of the place of a row alone. */
export class Corruptor {
  private readonly program: Program;
  private readonly width: number;

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
    const seen = graph.keep(root(corrupt(graph, x, config, inputShape, undefined)));
    this.program = new Program(device, new Plan(graph, device, new Map([["seen", seen]])));
  }

  /** images [N, H * W * C] as an encoder in training would see them; `chunk` counts the calls before, in chunks of `rows`. */
  async apply(images: Float32Array, seed: number, chunk = 0): Promise<Float32Array> {
    const { width, rows, program } = this;
    const out = new Float32Array(images.length);
    for (let at = 0, step = chunk; at < images.length; at += rows * width, step++) {
      program.write("corruptor.x", images.subarray(at, at + rows * width));
      program.run([{ seed_low: seed >>> 0, seed_high: Math.floor(seed / 2 ** 32), step, rows }]);
      const seen = (await program.read("seen")) as Float32Array;
      out.set(seen.subarray(0, Math.min(rows * width, images.length - at)), at);
    }
    return out;
  }

  dispose(): void {
    this.program.dispose();
  }
}
