import { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { Classifier } from "../models/classifier.js";
import type { Model } from "../models/model.js";
import type { PixelCnn } from "../models/pixelcnn.js";
import type { Arenas } from "../models/torch-layout.js";
import { slice } from "../ops/slice.js";
import { type GraphFile, graphToOnnx, type Port } from "./onnx-graph.js";

type Producer = GraphFile["producer"];
/** ONNX files by their names. */
export type OnnxFiles = ReadonlyMap<string, Uint8Array>;

/** Rows that graphs are built for; the files take any number. */
const ROWS = 1;

/** A model as three ONNX files. `encoder.onnx`: image [batch, C, H, W] to mu and logVar [batch, latentDim] of a VAE, the code of another
 * autoencoder, the indices of a model of codes ([batch, h, w], several where it has several). `decoder.onnx`: the way back, from z
 * or from indices, to image. `autoencoder.onnx`: image to reconstruction, by mu. A conditional model takes label, int64 [batch], where
 * its parts are told of it.
 * @throws InputError where ONNX has no form of a part */
export function modelToOnnx(model: Model, arenas: Arenas, producer: Producer): OnnxFiles {
  const parts = { encoder: encoderOf, decoder: decoderOf, autoencoder: wholeOf };
  return new Map(
    Object.entries(parts).map(([name, build]) => {
      const graph = new Graph(model.parameters);
      const doc = `The ${name} of a ${model.config.kind} that latentgpu trained.`;
      return [`${name}.onnx`, graphToOnnx({ name, doc, producer, graph, ...build(graph, model) }, arenas)];
    }),
  );
}

/** A prior as `prior.onnx`: codes, int64 [batch, H, W] (and label [batch], top [batch, h, w], where it was trained with them), to
 * the logits of each code given those before it, [batch, H, W, numEmbeddings]. */
export function priorToOnnx(model: PixelCnn, arenas: Arenas, producer: Producer): OnnxFiles {
  const { shape, numClasses, top } = model.config;
  const graph = new Graph(model.parameters);
  const port = (name: string, dims: readonly number[]): Port => ({
    name,
    tensor: graph.input(name, [ROWS, ...dims], "u32"),
  });
  const codes = port("codes", shape);
  const labels = numClasses ? port("label", []) : undefined;
  const above = top && port("top", top.shape);
  const logits = model.logits(graph, {
    codes: codes.tensor,
    ...(labels && { labels: labels.tensor }),
    ...(above && { top: above.tensor }),
  });
  const inputs = [codes, labels, above].filter((p) => p !== undefined);
  const doc = "A prior over codes that latentgpu trained.";
  const file = { name: "prior", doc, producer, graph, inputs, outputs: [{ name: "logits", tensor: logits }] };
  return new Map([["prior.onnx", graphToOnnx(file, arenas)]]);
}

/** A classifier as `classifier.onnx`: image [batch, C, H, W] to the logits of its classes, [batch, numClasses]. */
export function classifierToOnnx(model: Classifier, arenas: Arenas, producer: Producer): OnnxFiles {
  const graph = new Graph(model.parameters);
  const image = imageOf(graph, model);
  const doc = "A classifier that latentgpu trained.";
  const outputs = [{ name: "logits", tensor: model.logits(graph, image.tensor) }];
  const file = { name: "classifier", doc, producer, graph, inputs: [image], outputs };
  return new Map([["classifier.onnx", graphToOnnx(file, arenas)]]);
}

interface Ports {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

const sides = ({ config }: Model | Classifier): readonly [number, number, number] =>
  config.inputShape as readonly [number, number, number];

const imageOf = (graph: Graph, model: Model | Classifier): Port => ({
  name: "image",
  tensor: graph.input("image", [ROWS, model.width]),
  image: sides(model),
});

/** The label, where one of some parts is told of it. */
function labelOf(graph: Graph, { conditional }: Model, ...parts: readonly ("encoder" | "decoder")[]): Port[] {
  if (!conditional || !parts.some((part) => conditional.tells[part])) return [];
  return [{ name: "label", tensor: graph.input("label", [ROWS], "u32") }];
}

/** mu and logVar, or the code. */
function latentOf(graph: Graph, model: Model, image: Tensor, label: Tensor | undefined): Port[] {
  const stats = model.encode(graph, image, label);
  if (model.config.kind !== "vae") return [{ name: "z", tensor: stats }];
  const half = (name: string, from: number): Port => {
    const attrs = { axis: 1, from, to: from + model.latentDim };
    return { name, tensor: graph.apply(slice, { x: stats }, attrs, name).y as Tensor };
  };
  return [half("mu", 0), half("logVar", model.latentDim)];
}

/** Names of a coded model's indices: by level where it has several, and by number where a level has several sets. */
function indexPorts({ coded }: Model): { readonly name: string; readonly shape: readonly number[] }[] {
  const levels = coded?.levels ?? [];
  return levels.flatMap(({ name, height, width, sets }) =>
    sets.map((_, i) => ({
      name: [levels.length > 1 ? name : "indices", ...(sets.length > 1 ? [i] : [])].join("."),
      shape: [ROWS, height, width],
    })),
  );
}

function encoderOf(graph: Graph, model: Model): Ports {
  const image = imageOf(graph, model);
  const label = labelOf(graph, model, "encoder");
  if (!model.coded)
    return { inputs: [image, ...label], outputs: latentOf(graph, model, image.tensor, label[0]?.tensor) };
  const chosen = model.coded.choose(graph, image.tensor);
  const outputs = indexPorts(model).map(({ name }, i) => ({ name, tensor: chosen[i]?.indices as Tensor }));
  return { inputs: [image], outputs };
}

function decoderOf(graph: Graph, model: Model): Ports {
  const label = labelOf(graph, model, "decoder");
  const image = (tensor: Tensor): Port[] => [{ name: "image", tensor, image: sides(model) }];
  if (!model.coded) {
    const z = { name: "z", tensor: graph.input("z", [ROWS, model.latentDim]) };
    return { inputs: [z, ...label], outputs: image(model.decode(graph, z.tensor, label[0]?.tensor)) };
  }
  const inputs = indexPorts(model).map(({ name, shape }) => ({ name, tensor: graph.input(name, shape, "u32") }));
  const picture = model.coded.picture(
    graph,
    inputs.map(({ tensor }) => tensor),
  );
  return { inputs, outputs: image(picture) };
}

function wholeOf(graph: Graph, model: Model): Ports {
  const image = imageOf(graph, model);
  const label = labelOf(graph, model, "encoder", "decoder");
  const [z] = latentOf(graph, model, image.tensor, label[0]?.tensor) as [Port];
  const tensor = model.decode(graph, z.tensor, label[0]?.tensor);
  return { inputs: [image, ...label], outputs: [{ name: "reconstruction", tensor, image: sides(model) }] };
}
