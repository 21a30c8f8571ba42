import type { Dataset } from "../data/dataset.js";
import { floatRows, rowLength } from "../data/dataset.js";
import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import { Program } from "../gpu/program.js";
import { differentiate } from "../graph/differentiate.js";
import { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import { linear } from "../ops/linear.js";
import { RandomStream, streams } from "../random/philox.js";
import { dotColumns, jacobiEigen, orthonormal, product } from "./eigen.js";

export interface PcaOptions {
  /** Of the directions that the search begins with. Default 0. */
  readonly seed?: number;
  /** Called after each pass over the rows, with the share of the variance that the components hold. */
  readonly onPass?: (pass: number, share: number) => void;
}

/** Numbers of rows that one dispatch works on. */
const CHUNK = 2 ** 20;
/** A pass that adds less than this share of the variance is the last. */
const SETTLED = 1e-7;
const MOST_PASSES = 60;

/** Principal component analysis of the rows of a data set (Pearson 1901; Hotelling 1933): the linear baseline of an autoencoder, and a
 * view of wide latents. The products with the data run on the GPU, by `linear` and its gradient: X^T (X Q), chunk by chunk, so that
 * nothing as large as the covariance is ever held; subspace iteration with a few directions more than asked for, and Rayleigh and
 * Ritz's small problem by Jacobi's rotations in float64.
 * @param components how many, from 1 to the numbers in a row
 * @throws InputError where there are not so many, or no rows */
export async function pca(
  device: Device,
  dataset: Dataset,
  components: number,
  { seed = 0, onPass }: PcaOptions = {},
): Promise<Pca> {
  const D = rowLength(dataset);
  const most = Math.min(D, dataset.count);
  if (!(Number.isInteger(components) && components >= 1 && components <= most))
    throw new InputError(
      `pca: ${components} components of ${dataset.count} rows of ${D} numbers; give a whole number from 1 to ${most}.`,
    );
  // More directions than asked for, as fast kernels take them: four at a time.
  const width = Math.min(D, 4 * Math.ceil((2 * components + 10) / 4));
  const rowsAt = reader(dataset);
  const { mean, variance: total } = meanAndVariance(dataset, rowsAt);
  const sums = new Covariance(device, { count: dataset.count, rowsAt, mean }, width);
  try {
    const random = new RandomStream(seed, streams.sample);
    const draw = (): number => random.normal();
    let basis = orthonormal(Float64Array.from({ length: D * width }, draw), width, draw);
    let held = 0;
    for (let pass = 1; ; pass++) {
      const image = await sums.times(basis);
      const { values, vectors } = jacobiEigen(dotColumns(basis, image, width), width);
      const before = held;
      held = values.subarray(0, components).reduce((a, b) => a + b, 0);
      onPass?.(pass, total > 0 ? held / total : 1);
      if (held - before <= SETTLED * total || pass === MOST_PASSES || width === D) {
        const found = product(basis, vectors, width);
        const rows = Float32Array.from(
          { length: components * D },
          (_, i) => found[(i % D) * width + Math.floor(i / D)],
        );
        return new Pca(device, D, rows, Float32Array.from(mean), [...values.subarray(0, components)], total);
      }
      basis = orthonormal(product(image, vectors, width), width, draw);
    }
  } finally {
    sums.dispose();
  }
}

/** Gives rows `at` to `at + count` as floats. */
type RowsAt = (at: number, count: number) => Float32Array;

/** A data set's rows, made floats once where these take no more than 256 MB. */
function reader(dataset: Dataset): RowsAt {
  const D = rowLength(dataset);
  if (dataset.count * D > 2 ** 26) return (at, count) => floatRows(dataset, at, count);
  const all = floatRows(dataset, 0, dataset.count);
  return (at, count) => all.subarray(at * D, (at + count) * D);
}

/** Mean of each number of a row [D], and the sum of their variances; float64. */
function meanAndVariance(dataset: Dataset, rowsAt: RowsAt): { mean: Float64Array; variance: number } {
  const D = rowLength(dataset);
  const mean = new Float64Array(D);
  const each = (take: (row: Float32Array) => void): void => {
    for (let n = 0; n < dataset.count; n++) take(rowsAt(n, 1));
  };
  each((row) => {
    for (let d = 0; d < D; d++) mean[d] += row[d] / dataset.count;
  });
  let variance = 0;
  each((row) => {
    for (let d = 0; d < D; d++) variance += (row[d] - mean[d]) ** 2 / dataset.count;
  });
  return { mean, variance };
}

/** The covariance of a data set's rows times a basis, without the covariance. */
class Covariance {
  readonly program: Program;
  readonly rows: number;

  constructor(
    device: Device,
    private readonly of: { readonly count: number; readonly rowsAt: RowsAt; readonly mean: Float64Array },
    readonly width: number,
  ) {
    const D = of.mean.length;
    this.rows = chunkRows(D);
    const parameters = new Parameters();
    const w = parameters.add("basis", [D, width], { kind: "zeros" });
    const bias = parameters.add("centre", [width], { kind: "zeros" });
    const graph = new Graph(parameters);
    const y = graph.apply(linear, { x: graph.input("x", [this.rows, D]), w, bias }).y as Tensor;
    // The gradient of |y|^2 / 2 by the basis is x^T y.
    differentiate(graph, new Map([[y, y]]));
    this.program = new Program(device, new Plan(graph, device));
  }

  /** basis [D, width] to C basis [D, width]. */
  async times(basis: Float64Array): Promise<Float64Array> {
    const { program, width, rows } = this;
    const { count: all, rowsAt, mean } = this.of;
    const D = mean.length;
    program.write("basis", Float32Array.from(basis));
    // Rows less their mean, times the basis.
    const centre = new Float32Array(width);
    for (let k = 0; k < width; k++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum -= mean[d] * Math.fround(basis[d * width + k]);
      centre[k] = sum;
    }
    program.write("centre", centre);
    const image = new Float64Array(D * width);
    for (let at = 0; at < all; at += rows) {
      const count = Math.min(rows, all - at);
      program.write("x", rowsAt(at, count));
      // The mean in the place of rows that are not there: its product is 0.
      if (count < rows)
        program.write(
          "x",
          Float32Array.from({ length: (rows - count) * D }, (_, i) => mean[i % D]),
          count * D,
        );
      program.run([{}]);
      const part = (await program.read("dbasis")) as Float32Array;
      for (let i = 0; i < image.length; i++) image[i] += part[i] / all;
    }
    return image;
  }

  dispose(): void {
    this.program.dispose();
  }
}

const chunkRows = (D: number): number => Math.min(1024, Math.max(16, Math.floor(CHUNK / D)));

/** Principal components that were found, at work on the GPU. */
export class Pca {
  private program: Program | undefined;
  /** That one dispatch works on. */
  readonly rows: number;

  /** @param width numbers in a row
   * @param components [count, width], orthonormal, the one of most variance first
   * @param mean [width]
   * @param variance along each component
   * @param totalVariance the sum over all numbers of a row */
  constructor(
    private readonly device: Device,
    readonly width: number,
    readonly components: Float32Array,
    readonly mean: Float32Array,
    readonly variance: readonly number[],
    readonly totalVariance: number,
  ) {
    this.rows = chunkRows(width);
  }

  /** Coordinates [N, components] of rows [N, width]. @throws InputError where the rows are of another width */
  project(rows: Float32Array): Promise<Float32Array> {
    return this.run(rows, "z");
  }

  /** Rows as their components hold them, [N, width]. @throws InputError where the rows are of another width */
  reconstruct(rows: Float32Array): Promise<Float32Array> {
    return this.run(rows, "y");
  }

  private async run(values: Float32Array, output: "z" | "y"): Promise<Float32Array> {
    const { width, rows, variance } = this;
    if (values.length % width !== 0)
      throw new InputError(`pca: rows are of ${width} numbers and ${values.length} were given; check the shape.`);
    this.program ??= this.build();
    const out = output === "y" ? width : variance.length;
    const made = new Float32Array((values.length / width) * out);
    for (let at = 0; at < values.length; at += rows * width) {
      const given = values.subarray(at, at + rows * width);
      this.program.write("pca.x", given);
      this.program.run([{}]);
      const chunk = (await this.program.read(`pca.${output}`)) as Float32Array;
      made.set(chunk.subarray(0, (given.length / width) * out), (at / width) * out);
    }
    return made;
  }

  private build(): Program {
    const { width, components, variance, mean, rows } = this;
    const k = variance.length;
    const graph = new Graph(new Parameters());
    const input = (name: string, ...shape: number[]): Tensor => graph.input(`pca.${name}`, shape);
    const down = { x: input("x", rows, width), w: input("down", width, k), bias: input("centre", k) };
    const z = graph.keep(graph.apply(linear, down, {}, "pca.down").y as Tensor);
    const up = { x: z, w: input("up", k, width), bias: input("mean", width) };
    const y = graph.keep(graph.apply(linear, up, {}, "pca.up").y as Tensor);
    const names = new Map([
      ["pca.z", z],
      ["pca.y", y],
    ]);
    const program = new Program(this.device, new Plan(graph, this.device, names));
    const down32 = Float32Array.from({ length: width * k }, (_, i) => components[(i % k) * width + Math.floor(i / k)]);
    const centre = Float32Array.from({ length: k }, (_, c) => {
      let sum = 0;
      for (let d = 0; d < width; d++) sum -= mean[d] * components[c * width + d];
      return sum;
    });
    program.write("pca.down", down32);
    program.write("pca.centre", centre);
    program.write("pca.up", components);
    program.write("pca.mean", mean);
    return program;
  }

  dispose(): void {
    this.program?.dispose();
    this.program = undefined;
  }
}
