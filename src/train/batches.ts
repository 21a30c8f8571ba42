import type { Limits } from "../gpu/adapter.js";
import type { Program, StepValues } from "../gpu/program.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { gather, gatherFloat, gatherIntegers } from "../ops/gather.js";
import { elements, type Shape } from "../ops/op.js";
import { permute } from "../random/permutation.js";

/** What the rows of a data set have of one kind, back to back. */
export interface Column {
  /** Of the tensor that holds it on the GPU. */
  readonly name: string;
  /** Of the tensor that takes a batch of it. */
  readonly batch: string;
  /** Of a row. */
  readonly shape: Shape;
  readonly values: Uint8Array | Float32Array | Uint32Array;
}

/** What batches are taken from: columns of as many rows each. */
export interface Source {
  readonly count: number;
  readonly columns: readonly Column[];
}

/** Where a step's batch lies in its epoch. */
export interface BatchPlace {
  readonly epoch: number;
  /** First row in the epoch's order. */
  readonly first: number;
  /** Rows that count; the last batch of an epoch may be short. */
  readonly rows: number;
}

const kindOf = (values: Column["values"]) =>
  values instanceof Uint8Array
    ? ({ dtype: "u8", op: gather, make: Uint8Array } as const)
    : values instanceof Float32Array
      ? ({ dtype: "f32", op: gatherFloat, make: Float32Array } as const)
      : ({ dtype: "u32", op: gatherIntegers, make: Uint32Array } as const);

/** Feeds a data set to a graph: resident on the GPU where one binding holds each column, else streamed ahead in windows of
 * batches. */
export class Batches {
  readonly stepsPerEpoch: number;
  /** Steps that one submit may hold. */
  readonly window: number;
  /** Whether the whole data set is on the GPU. */
  readonly resident: boolean;

  constructor(
    readonly source: Source,
    readonly batch: number,
    private readonly seed: number,
    private readonly shuffle: boolean,
    limits: Pick<Limits, "maxStorageBufferBindingSize">,
    maxSteps: number,
  ) {
    const { count, columns } = source;
    const most = limits.maxStorageBufferBindingSize;
    this.stepsPerEpoch = Math.ceil(count / batch);
    this.resident = columns.every(({ values }) => values.byteLength <= most);
    const batchBytes = Math.max(...columns.map((c) => batch * elements(c.shape) * c.values.BYTES_PER_ELEMENT));
    const fits = Math.max(1, Math.floor(most / batchBytes));
    this.window = this.resident
      ? maxSteps
      : Math.min(maxSteps, fits, Math.max(1, Math.ceil((16 * 2 ** 20) / batchBytes)));
  }

  /** Adds the data tensors and the gathers of a batch; gives the batch of each column [B, ...] by the column's name. */
  append(graph: Graph): Readonly<Record<string, Tensor>> {
    const { source, batch, resident, shuffle } = this;
    const rows = resident ? source.count : this.window * batch;
    return Object.fromEntries(
      source.columns.map((column) => {
        const { dtype, op } = kindOf(column.values);
        const data = graph.input(column.name, [rows, ...column.shape], dtype);
        const { x } = graph.apply(op, { data }, { batch, shuffle: resident && shuffle }, column.batch);
        return [column.name, x as Tensor];
      }),
    );
  }

  /** The f32 tensors that the host fills: what a search for NaN begins with. */
  get watched(): readonly string[] {
    return this.source.columns.filter(({ values }) => values instanceof Float32Array).map(({ name }) => name);
  }

  /** Writes a resident data set to the GPU, once. */
  load(program: Program): void {
    if (this.resident) for (const { name, values } of this.source.columns) program.write(name, values);
  }

  place(step: number): BatchPlace {
    const first = (step % this.stepsPerEpoch) * this.batch;
    return {
      epoch: Math.floor(step / this.stepsPerEpoch),
      first,
      rows: Math.min(this.batch, this.source.count - first),
    };
  }

  /** Makes the batches of `count` steps from `from` on ready, and gives each step's epoch, cursor and rows. */
  prepare(program: Program, from: number, count: number): StepValues[] {
    if (!this.resident) for (const column of this.source.columns) this.stream(program, column, from, count);
    return Array.from({ length: count }, (_, i) => {
      const { epoch, first, rows } = this.place(from + i);
      return { epoch, cursor: this.resident ? first : i * this.batch, rows };
    });
  }

  private stream(program: Program, { name, shape, values }: Column, from: number, count: number): void {
    const { batch, source } = this;
    const width = elements(shape);
    const rows = new (kindOf(values).make)(count * batch * width);
    for (let i = 0; i < count; i++) {
      const place = this.place(from + i);
      for (let r = 0; r < place.rows; r++) {
        const at = place.first + r;
        const row = this.shuffle ? permute(at, source.count, this.seed, place.epoch) : at;
        rows.set(values.subarray(row * width, (row + 1) * width), (i * batch + r) * width);
      }
    }
    program.write(name, rows);
  }
}
