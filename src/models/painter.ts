import { InputError } from "../errors.js";
import { Canvas, type PageCanvas } from "../gpu/canvas.js";
import type { Device } from "../gpu/device.js";
import { Program } from "../gpu/program.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import { Plan } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import { gather, gatherFloat } from "../ops/gather.js";
import { putPoints, scatter, tiledSides, tiles } from "../ops/picture.js";
import { checkedLabels } from "./labels.js";
import { assertModel, type Conditional, type Learner, type Model } from "./model.js";
import { buildView, codeOf, type View } from "./views.js";

/** A view on a canvas. */
export interface Painting {
  /** Draws it with the weights as they are; does not wait. Gives whether another draw would show more of the same weights. */
  draw(): boolean;
  /** Takes other numbers of the same kind, and of a conditional model other classes, for the next draw.
   * @throws InputError where there are not as many */
  set(values: Float32Array | Uint32Array, labels?: ArrayLike<number>): void;
  /** Gives the canvas back. */
  dispose(): void;
}

/** Rows of data that a scatter wants: bytes mean value / 255. */
export interface PaintedRows {
  readonly count: number;
  readonly values: Uint8Array | Float32Array;
  readonly labels?: Uint32Array | undefined;
}

/** Images that a scatter encodes at once. */
const CHUNK = 256;
/** A point that is not known yet lies outside. */
const NOWHERE = 1e9;

/** Draws what a model makes straight from the GPU's buffers to canvases: `Runner` gives numbers, this gives pictures. */
export class Painter {
  private readonly model: Model;

  /** @param weights a program that holds the model's weights: a trainer's, whose pictures change as it trains
   * @param data what a scatter shows
   * @throws InputError where the model makes no images */
  constructor(
    private readonly device: Device,
    model: Learner,
    private readonly weights: Program,
    private readonly data?: PaintedRows,
  ) {
    this.model = assertModel(model);
  }

  /** Makes a view ready on a canvas that nothing else draws on. @throws InputError, DoesNotFitError, GpuError */
  on(canvas: PageCanvas, view: View): Painting {
    return view.kind === "scatter" ? this.scatter(canvas, view) : this.pictures(canvas, view);
  }

  private load(graph: Graph, share: readonly Program[], names: readonly (readonly [string, Tensor])[]): Program {
    fuse(graph);
    return new Program(this.device, new Plan(graph, this.device, new Map(names)), [...share, this.weights]);
  }

  private pictures(canvas: PageCanvas, view: Exclude<View, { kind: "scatter" }>): Painting {
    const graph = new Graph(this.model.parameters);
    const { inputs, images, columns, labels } = buildView(graph, this.model, view);
    const layout = { columns: view.columns ?? columns, scale: view.scale ?? 1, gap: view.gap ?? 1 };
    const { pixels } = graph.apply(tiles, { x: images }, layout);
    const program = this.load(graph, [], [["pixels", graph.keep(pixels as Tensor)]]);
    const [width] = tiledSides(images.shape, layout);
    const rows = inputs[0]?.tensor.shape[0] as number;
    const all = inputs.reduce((n, { length }) => n + length, 0);
    const set = (values: Float32Array | Uint32Array, classes?: ArrayLike<number>): void => {
      if (values.length !== all)
        throw new InputError(`The view takes ${all} numbers and got ${values.length}; show another for other rows.`);
      for (let i = 0, at = 0; i < inputs.length; at += inputs[i++].length)
        program.write(inputs[i].name, values.subarray(at, at + inputs[i].length));
      if (labels && classes)
        program.write("view.labels", checkedLabels(this.model.conditional as Conditional, classes, rows));
    };
    if (labels) checkedLabels(this.model.conditional as Conditional, view.labels, rows);
    set(view.values, view.labels);
    const place = new Canvas(this.device, canvas);
    return {
      set,
      draw: () => {
        program.run([{ rows }]);
        place.show(program, "pixels", width);
        return false;
      },
      dispose: () => {
        place.dispose();
        program.dispose();
      },
    };
  }

  private scatter(canvas: PageCanvas, view: Extract<View, { kind: "scatter" }>): Painting {
    const { model } = this;
    if (!this.data) throw new InputError("A scatter shows the training data, and there are none; train on images.");
    const { count, values, labels } = this.data;
    const { dims = [0, 1], range = 4, size = 480 } = view;
    const bytes = values instanceof Uint8Array;
    const encoder = new Graph(model.parameters);
    const rows = encoder.input("view.rows", [CHUNK, model.width], bytes ? "u8" : "f32");
    const { x } = encoder.apply(bytes ? gather : gatherFloat, { data: rows }, { batch: CHUNK, shuffle: false });
    const told = model.conditional?.tells.encoder ? encoder.input("view.classes", [CHUNK], "u32") : undefined;
    const z = codeOf(encoder, model, x as Tensor, told);
    const put = new Graph(model.parameters);
    const map = put.input("view.map", [count, 2]);
    encoder.keep(z);
    const reached = put.input(z.name, z.shape);
    put.apply(putPoints, { z: reached, map }, { first: dims[0], second: dims[1] });
    const drawing = new Graph(model.parameters);
    const marks = { marks: drawing.input("view.marks", [size, size], "u32") };
    const named = { map: drawing.input("view.map", [count, 2]), labels: drawing.input("view.labels", [count], "u32") };
    const { pixels } = drawing.apply(scatter, { ...named, ...marks }, { range });
    const encode = this.load(encoder, [], []);
    const place = this.load(put, [encode], []);
    const draw = this.load(drawing, [place], [["pixels", drawing.keep(pixels as Tensor)]]);
    place.write("view.map", new Float32Array(2 * count).fill(NOWHERE));
    draw.write("view.labels", labels ?? new Uint32Array(count).fill(1));
    const shown = new Canvas(this.device, canvas);
    let next = 0;
    return {
      set: () => {
        throw new InputError("A scatter shows the training data and takes no numbers.");
      },
      draw: () => {
        const here = Math.min(CHUNK, count - next);
        encode.write("view.rows", values.subarray(next * model.width, (next + here) * model.width));
        if (told) encode.write("view.classes", (labels as Uint32Array).subarray(next, next + here));
        encode.run([{ rows: here }]);
        place.run([{ cursor: next, rows: here }]);
        draw.run([{}]);
        shown.show(draw, "pixels", size);
        next = next + here < count ? next + here : 0;
        return next > 0;
      },
      dispose: () => {
        shown.dispose();
        for (const program of [draw, place, encode]) program.dispose();
      },
    };
  }
}
