import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rowLength, rowsOf } from "../src/data/dataset.js";
import { openDataset } from "../src/data/node.js";
import { InputError } from "../src/errors.js";
import { encodeNpy } from "../src/formats/npy.js";
import { encodePng } from "../src/formats/png.js";

const data = suite("data");

let root = "";
data.before(() => {
  root = mkdtempSync(join(tmpdir(), "latentgpu-data-"));
});
data.after(() => rmSync(root, { recursive: true, force: true }));

/** Writes files below a folder of the test's own and gives the folder's path. */
function folder(name: string, files: Record<string, Uint8Array>): string {
  for (const [path, bytes] of Object.entries(files)) {
    const full = join(root, name, path);
    mkdirSync(join(full, ".."), { recursive: true });
    writeFileSync(full, bytes);
  }
  return join(root, name);
}

async function refused(spec: string, pattern: RegExp, options: Parameters<typeof openDataset>[1] = {}): Promise<void> {
  const error = await openDataset(spec, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, InputError, `${spec} was accepted`);
  assert.match((error as Error).message, pattern);
}

const idx = (type: number, dims: number[], payload: number[]) =>
  Uint8Array.from([
    0,
    0,
    type,
    dims.length,
    ...dims.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]),
    ...payload,
  ]);
const count = (n: number, from = 0) => Array.from({ length: n }, (_, i) => (from + i) & 255);
const grey = (width: number, height: number, value: number) =>
  encodePng({ width, height, channels: 1, data: new Uint8Array(width * height).fill(value) });

data("IDX pairs as MNIST names them, gzip or not: two splits, labels, limit", async () => {
  const path = folder("mnist", {
    "train-images-idx3-ubyte.gz": gzipSync(idx(8, [3, 2, 2], count(12))),
    "train-labels-idx1-ubyte.gz": gzipSync(idx(8, [3], [5, 0, 4])),
    "t10k-images.idx3-ubyte": idx(8, [1, 2, 2], count(4, 100)),
    "t10k-labels.idx1-ubyte": idx(8, [1], [2]),
  });
  const train = await openDataset(path);
  assert.equal([train.name, train.count, train.shape, rowLength(train)], ["mnist", 3, [1, 2, 2], 4]);
  assert.equal(Uint8Array.from(train.values), Uint8Array.from(count(12)));
  assert.equal([train.labels, train.classNames], [Uint32Array.of(5, 0, 4), ["0", "1", "2", "3", "4", "5"]]);
  assert.equal(Uint8Array.from(rowsOf(train, 1, 2)), Uint8Array.from(count(8, 4)));
  assert.throws(() => rowsOf(train, 2, 2), /has 3 rows/);
  const test = await openDataset(path, { split: "test" });
  assert.equal([test.count, test.values[0], test.labels], [1, 100, Uint32Array.of(2)]);
  const two = await openDataset(path, { limit: 2 });
  assert.equal([two.count, two.values.length, two.labels], [2, 8, Uint32Array.of(5, 0)]);
  assert.is((await openDataset(path, { limit: 99 })).count, 3);
  await refused(path, /whole number from 1, got 0/, { limit: 0 });
  const one = await openDataset(join(path, "train-images-idx3-ubyte.gz"));
  assert.equal(one.labels, Uint32Array.of(5, 0, 4));
});

data("IDX: shapes with channels, vectors, floats, no labels", async () => {
  const path = folder("idx", {
    colour: idx(8, [2, 1, 2, 3], count(12)),
    vectors: idx(8, [2, 5], count(10)),
    floats: idx(13, [1, 1, 2], [0x3f, 0x80, 0, 0, 0x3f, 0, 0, 0]),
    nan: idx(13, [1, 1, 1], [0x7f, 0xc0, 0, 0]),
    ints: idx(12, [1, 1, 1], [0, 0, 0, 1]),
    none: idx(8, [0, 2, 2], []),
  });
  const colour = await openDataset(join(path, "colour"));
  assert.equal([colour.count, colour.shape, colour.labels], [2, [3, 1, 2], undefined]);
  assert.equal((await openDataset(join(path, "vectors"))).shape, [1, 1, 5]);
  assert.equal((await openDataset(join(path, "floats"))).values, Float32Array.of(1, 0.5));
  await refused(join(path, "nan"), /NaN at element 0/);
  await refused(join(path, "ints"), /bytes or floats/);
  await refused(join(path, "none"), /no rows/);
});

data("IDX: labels as images, wrong counts, a lying header, truncation, a split that is not there", async () => {
  const images = idx(8, [2, 2, 2], count(8));
  const labels = idx(8, [2], [1, 2]);
  const path = folder("labels", { "train-labels-idx1-ubyte": labels });
  await refused(join(path, "train-labels-idx1-ubyte"), /2 labels, not images/);
  const pair = (a: Uint8Array, b: Uint8Array, name: string) =>
    folder(name, { "train-images-idx3-ubyte": a, "train-labels-idx1-ubyte": b });
  await refused(pair(images, idx(8, [3], [1, 2, 3]), "more"), /3 labels for the 2 images/);
  await refused(pair(images, images, "swapped"), /not labels/);
  await refused(pair(images, idx(9, [2], [255, 1]), "negative"), /label -1 at row 0/);
  await refused(pair(images.subarray(0, 20), labels, "short"), /claims 2 x 2 x 2 u8 \(8 bytes\) but holds 4/);
  await refused(pair(idx(8, [60000, 2, 2], count(8)), labels, "lying"), /claims 60000 x 2 x 2/);
  await refused(pair(images, labels, "only-train"), /no t10k-images-idx3-ubyte for the test split/, { split: "test" });
  const packed = gzipSync(images);
  await refused(pair(packed.subarray(0, packed.length - 9), labels, "cut"), /truncated or damaged gzip/);
});

data("a gzip bomb is refused within two seconds", async () => {
  const path = folder("bomb", { "train-images-idx3-ubyte.gz": gzipSync(Buffer.alloc(2 ** 30 + 1)) });
  const began = performance.now();
  await refused(path, /over the cap of 1073741824/);
  assert.ok(performance.now() - began < 2000);
});

data("npy: every layout becomes channels-last, every type bytes or f32", async () => {
  const path = folder("npy", {
    "nd.npy": encodeNpy([2, 3], Uint8Array.from(count(6))),
    "nhw.npy": encodeNpy([2, 3, 4], Float32Array.from(count(24))),
    "nhwc.npy": encodeNpy([1, 5, 6, 3], Uint8Array.from(count(90))),
    "nchw.npy": encodeNpy([2, 3, 5, 6], Uint8Array.from(count(180))),
    "flat.npy": encodeNpy([7], new Uint8Array(7)),
    "many.npy": encodeNpy([1, 5, 6, 7], new Uint8Array(210)),
    "int.npy": encodeNpy([1, 2, 2], Int32Array.of(1, 2, 3, 4)),
    "inf.npy": encodeNpy([1, 2], Float32Array.of(1, Infinity)),
    "none.npy": encodeNpy([0, 2], new Uint8Array(0)),
  });
  const open = (name: string) => openDataset(join(path, name));
  assert.equal((await open("nd.npy")).shape, [1, 1, 3]);
  assert.equal((await open("nhw.npy")).shape, [1, 3, 4]);
  assert.instance((await open("nhw.npy")).values, Float32Array);
  assert.equal((await open("nhwc.npy")).shape, [3, 5, 6]);
  const nchw = await open("nchw.npy");
  assert.equal([nchw.count, nchw.shape], [2, [3, 5, 6]]);
  for (const [row, c, y, x] of [
    [0, 0, 0, 1],
    [0, 2, 4, 5],
    [1, 1, 3, 2],
  ] as const) {
    assert.is(nchw.values[row * 90 + (y * 6 + x) * 3 + c], (row * 90 + c * 30 + y * 6 + x) & 255);
  }
  for (const name of ["flat.npy", "many.npy"]) await refused(join(path, name), /rows are \(N, D\)/);
  await refused(join(path, "int.npy"), /astype/);
  await refused(join(path, "inf.npy"), /Infinity at element 1/);
  await refused(join(path, "none.npy"), /no rows/);
});

data("PNG folders: sorted labels and names, splits, limit spread over labels, grey made colour", async () => {
  const path = folder("pets", {
    "dog/b.png": await grey(2, 1, 40),
    "dog/a.PNG": await grey(2, 1, 30),
    "cat/10.png": await grey(2, 1, 10),
    "cat/9.png": await grey(2, 1, 20),
    "cat/notes.txt": new Uint8Array(3),
    "empty/notes.txt": new Uint8Array(3),
    ".hidden/x.png": await grey(9, 9, 1),
  });
  symlinkSync(join(path, "cat"), join(path, "linked"));
  const pets = await openDataset(path);
  assert.equal([pets.count, pets.shape, pets.classNames], [4, [1, 1, 2], ["cat", "dog"]]);
  assert.equal([...pets.values], [10, 10, 20, 20, 30, 30, 40, 40]);
  assert.equal(pets.labels, Uint32Array.of(0, 0, 1, 1));
  const half = await openDataset(path, { limit: 2 });
  assert.equal([[...half.values], half.labels], [[10, 10, 30, 30], Uint32Array.of(0, 1)]);

  const rgb = await encodePng({ width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) });
  const mixed = folder("mixed", {
    "train/a.png": await grey(1, 1, 7),
    "train/b.png": rgb,
    "train/c.png": await grey(1, 1, 9),
    "test/z.png": rgb,
  });
  const train = await openDataset(mixed);
  assert.equal([train.shape, train.labels, [...train.values]], [[3, 1, 1], undefined, [7, 7, 7, 1, 2, 3, 9, 9, 9]]);
  assert.is((await openDataset(mixed, { split: "test" })).count, 1);
  assert.equal((await openDataset(join(mixed, "train", "b.png"))).shape, [3, 1, 1]);
});

data("PNG folders: two sizes, images beside label folders, a damaged file, nothing at all", async () => {
  const sizes = folder("sizes", { "a.png": await grey(2, 3, 1), "b.png": await grey(4, 5, 1) });
  await refused(sizes, /b\.png is 4 x 5 but .*a\.png is 2 x 3/);
  const wider = folder("wider", { "a.png": await grey(2, 3, 1), "b.png": await grey(3, 3, 1) });
  await refused(wider, /b\.png is 3 x 3 but .*a\.png is 2 x 3/);
  const higher = folder("higher", { "a.png": await grey(2, 3, 1), "b.png": await grey(2, 4, 1) });
  await refused(higher, /b\.png is 2 x 4 but .*a\.png is 2 x 3/);
  const both = folder("both", { "a.png": await grey(1, 1, 1), "cat/b.png": await grey(1, 1, 1) });
  await refused(both, /holds PNGs \(a\.png\) and a sub-folder with PNGs \(cat\)/);
  await refused(folder("damaged", { "a.png": (await grey(8, 8, 1)).subarray(0, 50) }), /a\.png is a truncated PNG/);
  await refused(folder("empty", { "readme.txt": new Uint8Array(1) }), /holds no data/);
});

data("paths: nothing there, no known kind, an empty file, a special file", async () => {
  await refused(join(root, "nowhere"), /nowhere is not there/);
  await refused("glyph", /did you mean builtin:glyphs\?/);
  await refused("", /an empty name/);
  await refused("a\0b", /could not be read/);
  await refused("/dev/null", /neither a file nor a folder/);
  const path = folder("kinds", { text: new TextEncoder().encode("hello"), empty: new Uint8Array(0) });
  await refused(join(path, "text"), /no IDX, \.npy or PNG/);
  await refused(join(path, "empty"), /no IDX, \.npy or PNG/);
});

const real = "../shared/data/mnist";
const there = await openDataset(`${real}/t10k-images-idx3-ubyte.gz`).catch(() => undefined);
if (!there) console.log(`skipped: the real MNIST test images (no ${real})`);
(there ? data : data.skip)("the real MNIST test images", () => {
  assert.equal(
    [there?.count, there?.shape, there?.labels?.slice(0, 5)],
    [10000, [1, 28, 28], Uint32Array.of(7, 2, 1, 0, 4)],
  );
  assert.is(there?.classNames?.length, 10);
});

data.run();
