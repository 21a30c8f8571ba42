// Every view of a model on a canvas, beside the same picture made of numbers that were read back. Leaves `done` and `results`.
import {
  codeMap,
  createModel,
  Device,
  drawGlyphs,
  floatRows,
  type ImageShape,
  initialWeights,
  latentScatter,
  manifoldLatents,
  Painter,
  type Picture,
  presetConfig,
  Runner,
  sampleGrid,
  tile,
  type View,
  weightsProgram,
} from "../../../src/index.js";

const shape: ImageShape = [1, 28, 28];
const dataset = drawGlyphs(300);
const images = floatRows(dataset, 0, 6);

/** RGBA of a canvas as the page shows it, without alpha. */
function shown(canvas: HTMLCanvasElement): Picture {
  const { width, height } = canvas;
  const flat = new OffscreenCanvas(width, height).getContext("2d") as OffscreenCanvasRenderingContext2D;
  flat.drawImage(canvas, 0, 0);
  const rgba = flat.getImageData(0, 0, width, height).data;
  return { width, height, channels: 3, data: new Uint8Array(rgba).filter((_, i) => i % 4 < 3) };
}

/** How far two pictures are apart: sides, then the largest difference and the number of pixels that differ by more than 1. */
function difference(a: Picture, b: Picture): string {
  if (a.width !== b.width || a.height !== b.height) return `${a.width} x ${a.height}, not ${b.width} x ${b.height}`;
  let most = 0;
  let beyond = 0;
  for (let i = 0; i < a.width * a.height; i++)
    for (let c = 0; c < 3; c++) {
      const d = Math.abs((a.data[3 * i + c] as number) - (b.data[b.channels === 3 ? 3 * i + c : i] as number));
      most = Math.max(most, d);
      if (d > 1) beyond++;
    }
  return `${beyond} beyond 1, ${most > 0 && new Set(a.data).size < 3 ? "blank" : "drawn"}`;
}

const results: { readonly name: string; readonly found: string }[] = [];
const device = await Device.open();

async function check(name: string, painter: Painter, view: View, want: Promise<Picture> | Picture): Promise<void> {
  const canvas = document.body.appendChild(document.createElement("canvas"));
  const painting = painter.on(canvas, view);
  while (painting.draw()) await device.idle();
  // Shown to the 2D context in the same task as it was drawn.
  painting.draw();
  const got = shown(canvas);
  await device.idle();
  results.push({ name, found: difference(got, await want) });
  painting.dispose();
}

async function models(): Promise<void> {
  const vae = createModel(presetConfig("seed/vae-keras").model);
  const weights = weightsProgram(device, initialWeights(vae.parameters, 1));
  const runner = new Runner(device, vae, weights);
  const painter = new Painter(device, vae, weights, dataset);
  const z = manifoldLatents({ latentDim: 2, steps: 4 });
  await check(
    "decode",
    painter,
    { kind: "decode", values: z },
    runner.decode(z).then((x) => sampleGrid(x, shape, { scale: 1, gap: 1 })),
  );
  await check(
    "one large",
    painter,
    { kind: "decode", values: z.slice(0, 2), scale: 5 },
    runner.decode(z.slice(0, 2)).then((x) => tile(x, shape, 1, { scale: 5 })),
  );
  const both = runner
    .reconstruct(images)
    .then((y) => tile(Float32Array.of(...images, ...y), shape, 6, { scale: 1, gap: 1 }));
  await check("reconstruct", painter, { kind: "reconstruct", values: images }, both);
  const alone = runner.reconstruct(images).then((y) => tile(y, shape, 3, { scale: 2, gap: 0 }));
  await check(
    "reconstruct alone",
    painter,
    { kind: "reconstruct", values: images, alone: true, columns: 3, scale: 2, gap: 0 },
    alone,
  );
  const all = await runner.encode(floatRows(dataset, 0, dataset.count));
  // A point on the edge between two pixels may fall to either side: spread out, none of these does.
  const map = latentScatter(all, 2, dataset.labels, { size: 200, range: 0.4 });
  await check("scatter", painter, { kind: "scatter", size: 200, range: 0.4 }, map);
  runner.dispose();
  weights.dispose();

  const vq = createModel(presetConfig("vq-28").model);
  const coded = weightsProgram(
    device,
    initialWeights(vq.parameters, 1),
    new Float32Array(vq.parameters.statisticsLength),
  );
  const codes = new Runner(device, vq, coded);
  const vqPainter = new Painter(device, vq, coded);
  const [indices] = (await codes.indices(images)) as [Uint32Array];
  const side = { height: 7, width: 7, numEmbeddings: 128 };
  await check(
    "codes",
    vqPainter,
    { kind: "codes", values: images, columns: 6 },
    codeMap(indices, side, 6, { scale: 1, gap: 1 }),
  );
  const of = codes.picture([indices]).then((x) => tile(x, shape, 3, { scale: 1, gap: 1 }));
  await check("picture", vqPainter, { kind: "picture", values: indices, columns: 3 }, of);
  codes.dispose();
  coded.dispose();
}

await models().catch((error) => results.push({ name: "all", found: String(error.stack) }));
await device.dispose();
Object.assign(globalThis, { results, done: true });
