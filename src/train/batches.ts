import type { Dataset } from "../data/dataset.js";
import { rowLength } from "../data/dataset.js";
import type { Limits } from "../gpu/adapter.js";
import type { Program, StepValues } from "../gpu/program.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { gather, gatherFloat } from "../ops/gather.js";
import { permute } from "../random/permutation.js";

/** Where a step's batch lies in its epoch. */
export interface BatchPlace {
  readonly epoch: number;
  /** First row in the epoch's order. */
  readonly first: number;
  /** Rows that count; the last batch of an epoch may be short. */
  readonly rows: number;
}

/** Feeds a data set to a graph: resident on the GPU where one binding holds it, else streamed ahead in windows of batches. */
export class Batches {
  readonly stepsPerEpoch: number;
  /** Steps that one submit may hold. */
  readonly window: number;
  /** Whether the whole data set is on the GPU. */
  readonly resident: boolean;
  private tensor: Tensor | undefined;

  constructor(
    readonly dataset: Dataset,
    readonly batch: number,
    private readonly seed: number,
    private readonly shuffle: boolean,
    limits: Pick<Limits, "maxStorageBufferBindingSize">,
    maxSteps: number,
  ) {
    this.stepsPerEpoch = Math.ceil(dataset.count / batch);
    this.resident = dataset.values.byteLength <= limits.maxStorageBufferBindingSize;
    const batchBytes = batch * rowLength(dataset) * dataset.values.BYTES_PER_ELEMENT;
    const fits = Math.max(1, Math.floor(limits.maxStorageBufferBindingSize / batchBytes));
    this.window = this.resident
      ? maxSteps
      : Math.min(maxSteps, fits, Math.max(1, Math.ceil((16 * 2 ** 20) / batchBytes)));
  }

  /** Adds the data tensor and the gather of a batch; gives x [B, D]. */
  append(graph: Graph): Tensor {
    const { dataset, batch, resident, shuffle } = this;
    const rows = resident ? dataset.count : this.window * batch;
    const bytes = dataset.values instanceof Uint8Array;
    this.tensor = graph.input("data", [rows, rowLength(dataset)], bytes ? "u8" : "f32");
    return graph.apply(
      bytes ? gather : gatherFloat,
      { data: this.tensor },
      { batch, shuffle: resident && shuffle },
      "batch",
    ).x;
  }

  /** The f32 tensors that the host fills: what a search for NaN begins with. */
  get watched(): readonly string[] {
    return this.tensor?.dtype === "f32" ? [this.tensor.name] : [];
  }

  /** Writes a resident data set to the GPU, once. */
  load(program: Program): void {
    if (this.resident && this.tensor) program.write(this.tensor.name, this.dataset.values);
  }

  place(step: number): BatchPlace {
    const first = (step % this.stepsPerEpoch) * this.batch;
    return {
      epoch: Math.floor(step / this.stepsPerEpoch),
      first,
      rows: Math.min(this.batch, this.dataset.count - first),
    };
  }

  /** Makes the batches of `count` steps from `from` on ready, and gives each step's epoch, cursor and rows. */
  prepare(program: Program, from: number, count: number): StepValues[] {
    if (!this.resident) this.stream(program, from, count);
    return Array.from({ length: count }, (_, i) => {
      const { epoch, first, rows } = this.place(from + i);
      return { epoch, cursor: this.resident ? first : i * this.batch, rows };
    });
  }

  private stream(program: Program, from: number, count: number): void {
    const { dataset, batch } = this;
    const width = rowLength(dataset);
    const length = count * batch * width;
    const rows = dataset.values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
    for (let i = 0; i < count; i++) {
      const place = this.place(from + i);
      for (let r = 0; r < place.rows; r++) {
        const at = place.first + r;
        const source = this.shuffle ? permute(at, dataset.count, this.seed, place.epoch) : at;
        rows.set(dataset.values.subarray(source * width, (source + 1) * width), (i * batch + r) * width);
      }
    }
    if (this.tensor) program.write(this.tensor.name, rows);
  }
}
