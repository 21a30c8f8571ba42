import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import { Program } from "../gpu/program.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import { elements, type Shape } from "../ops/op.js";

/** Rows that one submit works on. */
const CHUNK = 64;

/** An input of rows of a shape. */
export interface Rows {
  readonly values: Float32Array | Uint32Array;
  readonly shape: Shape;
}

/** Graphs over rows, each made once by its name, over the weights of a program. Any number of rows. */
export class RowPrograms {
  private readonly programs = new Map<string, { readonly program: Program; readonly outputs: readonly string[] }>();

  constructor(
    private readonly device: Device,
    private readonly parameters: Parameters,
    private readonly weights: Program,
  ) {}

  /** Runs a graph over the rows of its inputs, CHUNK at a time; gives the rows of each output. */
  async map(
    name: string,
    inputs: readonly Rows[],
    build: (graph: Graph, x: readonly Tensor[]) => readonly Tensor[],
  ): Promise<(Float32Array | Uint32Array)[]> {
    const widths = inputs.map(({ shape }) => elements(shape));
    inputs.forEach(({ values }, i) => {
      if (values.length % (widths[i] as number) !== 0)
        throw new InputError(`${name} takes rows of ${widths[i]} numbers and got ${values.length}; check the shape.`);
    });
    const { program, outputs } = this.program(name, inputs, build);
    const rows = (inputs[0]?.values.length ?? 0) / (widths[0] as number);
    const out: (Float32Array | Uint32Array)[] = outputs.map(() => new Float32Array(0));
    for (let at = 0; at < rows; at += CHUNK) {
      const count = Math.min(CHUNK, rows - at);
      inputs.forEach(({ values }, i) => {
        const width = widths[i] as number;
        program.write(`x${i}`, values.subarray(at * width, (at + count) * width));
      });
      program.run([{ rows: CHUNK }]);
      for (const [i, tensor] of outputs.entries()) {
        const chunk = (await program.read(tensor)) as Float32Array | Uint32Array;
        const perRow = chunk.length / CHUNK;
        if (at === 0) out[i] = new (chunk instanceof Uint32Array ? Uint32Array : Float32Array)(rows * perRow);
        out[i]?.set(chunk.subarray(0, count * perRow), at * perRow);
      }
    }
    return out;
  }

  private program(
    name: string,
    inputs: readonly Rows[],
    build: (graph: Graph, x: readonly Tensor[]) => readonly Tensor[],
  ): { readonly program: Program; readonly outputs: readonly string[] } {
    const known = this.programs.get(name);
    if (known) return known;
    const graph = new Graph(this.parameters);
    const x = inputs.map(({ values, shape }, i) =>
      graph.input(`x${i}`, [CHUNK, ...shape], values instanceof Uint32Array ? "u32" : "f32"),
    );
    const y = build(graph, x).map((tensor, i) => [`y${i}`, graph.keep(tensor)] as const);
    fuse(graph);
    const program = new Program(this.device, new Plan(graph, this.device, new Map(y)), [this.weights]);
    const made = { program, outputs: y.map(([tensor]) => tensor) };
    this.programs.set(name, made);
    return made;
  }

  dispose(): void {
    for (const { program } of this.programs.values()) program.dispose();
    this.programs.clear();
  }
}
