import fc from "fast-check";
import { differentiate } from "../src/graph/differentiate.js";
import { fuse } from "../src/graph/fuse.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import type { Tensor } from "../src/graph/tensor.js";
import { activation } from "../src/ops/activation.js";
import { add } from "../src/ops/add.js";
import { linear } from "../src/ops/linear.js";
import { mul } from "../src/ops/mul.js";
import { reshape, reshapeTo } from "../src/ops/reshape.js";
import { scale } from "../src/ops/scale.js";

const ROWS = 3;

/** One op of a random net: which of the tensors so far it takes, and its settings. */
export interface Piece {
  readonly op: "linear" | "activation" | "add" | "mul" | "scale" | "reshape";
  readonly a: number;
  readonly b: number;
  readonly width: number;
  readonly kind: number;
}

/** Nets of up to 12 ops with fan-out, views and tensors used twice by one op. */
export const nets: fc.Arbitrary<readonly Piece[]> = fc.array(
  fc.record({
    op: fc.constantFrom("linear", "linear", "activation", "activation", "add", "mul", "scale", "reshape"),
    a: fc.nat(20),
    b: fc.nat(20),
    width: fc.integer({ min: 1, max: 12 }),
    kind: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 1, maxLength: 12, size: "max" },
);

export interface Net {
  readonly graph: Graph;
  readonly x: Tensor;
  readonly y: Tensor;
  /** The gradient that comes in at y, and the one of x. */
  readonly dy: Tensor;
  readonly dx: Tensor | undefined;
}

/** Builds a net over x [3, 5], differentiates it, and fuses it where asked. */
export function build(pieces: readonly Piece[], fused: boolean): Net {
  const graph = new Graph(new Parameters());
  const x = graph.input("x", [ROWS, 5]);
  const made: Tensor[] = [x];
  pieces.forEach(({ op, a, b, width, kind }, i) => {
    const left = made[made.length - 1 - Math.min(made.length - 1, [0, 0, 0, 1, 2, 3][a % 6])];
    const alike = made.filter((t) => t.shape.join() === left.shape.join());
    const right = alike[b % alike.length];
    made.push(apply(graph, op, left, right, { width, kind, name: `${op}${i}` }));
  });
  const y = graph.keep(made[made.length - 1]);
  const dy = graph.input("dy", y.shape);
  let dx: Tensor | undefined;
  if (reaches(graph, y, x)) {
    [dx] = differentiate(graph, new Map([[y, dy]]), [x]);
    graph.keep(dx);
  } else if (graph.parameters.all.length > 0) differentiate(graph, new Map([[y, dy]]));
  if (fused) fuse(graph);
  return { graph, x, y, dy, dx };
}

function apply(
  graph: Graph,
  op: Piece["op"],
  a: Tensor,
  b: Tensor,
  { width, kind, name }: { width: number; kind: number; name: string },
): Tensor {
  const last = a.shape[a.shape.length - 1];
  switch (op) {
    case "linear": {
      const w = graph.parameters.add(`${name}.weight`, [last, width], { kind: "zeros" });
      const bias = graph.parameters.add(`${name}.bias`, [width], { kind: "zeros" });
      return graph.apply(linear, { x: a, w, bias }, {}, name).y;
    }
    case "activation":
      return graph.apply(activation, { x: a }, { kind }, name).y;
    case "add":
      return graph.apply(add, { a, b }, {}, name).y;
    case "mul":
      return graph.apply(mul, { a, b }, {}, name).y;
    case "scale":
      return graph.apply(scale, { x: a }, { factor: 0.5 }, name).y;
    case "reshape":
      return graph.apply(reshape, { x: a }, reshapeTo([...a.shape].reverse()), name).y;
  }
}

function reaches(graph: Graph, from: Tensor, to: Tensor): boolean {
  const found = new Set([from]);
  for (const node of [...graph.nodes].reverse()) {
    const outputs = Object.entries(node.tensors).filter(([name]) => !node.op.inputs.includes(name));
    if (outputs.some(([, t]) => found.has(t)))
      for (const name of node.op.inputs) if (node.tensors[name]) found.add(node.tensors[name]);
  }
  return found.has(to) && from !== to;
}
