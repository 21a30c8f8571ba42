import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  createModel,
  type DenseConfig,
  datasetFromFiles,
  decodeRun,
  drawGlyphs,
  openDevice,
  type RunConfig,
  Runner,
  sharedPage,
  train,
  weightsProgram,
} from "../src/index.js";
import { caught } from "./caught.js";

const test = suite("ask");
const config: RunConfig<DenseConfig> = {
  model: { kind: "vae", inputShape: [1, 28, 28], hiddenDims: [8], latentDim: 2, reconstructionLoss: "bce" },
  data: "builtin:glyphs?rows=40",
  batch: 20,
  epochs: 1000,
  seed: 3,
  optimizer: { kind: "adam", lr: 1e-3 },
  reduction: "batchMean",
};

test("a run under way answers as a runner of its saved weights does, and no more once it is over", async () => {
  const training = train(config);
  training.pause();
  const z = Float32Array.of(0.5, -1, 2, 0);
  const answer = await training.ask("decode", z);
  const files = await training.save();
  const refused = await training.show(undefined as never, { kind: "decode", values: z }).catch((error: Error) => error);
  assert.match(String(refused), /^InputError: Node has no canvas/);
  const wrong = await training.ask("indices", z).catch((error: Error) => error);
  assert.match(String(wrong), /has latents and no codes/);
  const unknown = await training.ask("draw", 1).catch((error: Error) => error);
  assert.match(String(unknown), /^InputError: A model of kind "vae" cannot draw/);
  training.stop();
  await training.done;
  const late = await training.ask("decode", z).catch((error: Error) => error);
  assert.match(String(late), /^InputError: The training is over/);

  const device = await openDevice();
  const run = decodeRun(files);
  const model = createModel(config.model);
  const { weight } = run.arenas(model);
  const weights = weightsProgram(device, weight);
  const runner = new Runner(device, model, weights);
  assert.equal([...answer], [...(await runner.decode(z))]);
  await device.dispose();

  const page = await sharedPage(files, 'console.log("</script>")');
  assert.is(page.match(/<\/script>/g)?.length, 3);
  assert.ok(page.includes("script-src 'sha256-"));
});

/** An IDX file of bytes. */
function idx(values: ArrayLike<number>, ...shape: number[]): Uint8Array {
  const head = new Uint8Array(4 + 4 * shape.length);
  head.set([0, 0, 8, shape.length]);
  for (const [i, n] of shape.entries()) new DataView(head.buffer).setUint32(4 + 4 * i, n);
  return Uint8Array.of(...head, ...Array.from(values));
}

test("files that were chosen together: images and labels in any order, gzip or not", async () => {
  const { values, labels } = drawGlyphs(3);
  const images = { where: "images.gz", bytes: new Uint8Array(gzipSync(idx(values, 3, 28, 28))) };
  const classes = { where: "labels", bytes: idx(labels as Uint32Array, 3) };
  const dataset = await datasetFromFiles([classes, images]);
  assert.equal([dataset.count, dataset.shape, [...(dataset.labels ?? [])]], [3, [1, 28, 28], [0, 1, 2]]);
  assert.equal([...dataset.values], [...values]);
  assert.is((await datasetFromFiles([images])).labels, undefined);
  for (const files of [[], [classes], [images, images], [images, classes, classes]])
    assert.match(String(await caught(() => datasetFromFiles(files))), /files were given; give one of images/);
});

test.run();
