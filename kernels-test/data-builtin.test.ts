import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Dataset } from "../src/data/dataset.js";
import { drawGlyphs } from "../src/data/glyphs.js";
import { openBuiltin } from "../src/data/spec.js";
import { drawSprites } from "../src/data/sprites.js";
import { InputError } from "../src/errors.js";

const builtin = suite("data: builtin");

builtin("specs: rows, seed, splits that share no row, limit", () => {
  const train = openBuiltin("builtin:glyphs", "train", 30);
  assert.equal(
    [train.name, train.count, train.shape, train.values.length],
    ["builtin:glyphs", 30, [1, 28, 28], 30 * 784],
  );
  assert.is(openBuiltin("builtin:glyphs?rows=101", "test").count, 21);
  assert.is(openBuiltin("builtin:sprites?rows=7&seed=3", "train").count, 7);
  const test = openBuiltin("builtin:glyphs", "test", 30);
  assert.is.not(Buffer.compare(train.values as Uint8Array, test.values as Uint8Array), 0);
  const seeded = openBuiltin("builtin:glyphs?seed=3", "train", 30);
  assert.is.not(Buffer.compare(train.values as Uint8Array, seeded.values as Uint8Array), 0);
});

builtin("specs: unknown names, options, values and sizes are refused", () => {
  const attacks: [string, RegExp][] = [
    ["builtin:glyfs", /did you mean builtin:glyphs\?/],
    ["builtin:sprits?rows=3", /did you mean builtin:sprites\?/],
    ["builtin:", /no builtin dataset ""/],
    ["builtin:constructor", /no builtin/],
    ["builtin:glyphs?row=3", /no option "row"/],
    ["builtin:glyphs?rows=0", /whole number from 1/],
    ["builtin:glyphs?rows=-1", /whole number/],
    ["builtin:glyphs?rows=0x10", /whole number/],
    ["builtin:glyphs?rows=1e9", /whole number/],
    ["builtin:glyphs?rows", /whole number/],
    ["builtin:glyphs?rows=NaN&seed=1", /whole number/],
    ["builtin:glyphs?seed=9007199254740993", /whole number/],
    ["builtin:sprites?rows=1000000000", /over 2 GiB: ask for at most 524288 rows/],
  ];
  for (const [spec, pattern] of attacks) {
    assert.throws(
      () => openBuiltin(spec, "train"),
      (error: Error) => error instanceof InputError && pattern.test(error.message),
      spec,
    );
  }
});

for (const draw of [drawGlyphs, drawSprites] as ((rows: number, seed?: number, first?: number) => Dataset)[]) {
  builtin(`${draw.name}: a row is a function of the seed and its number alone`, () => {
    const whole = draw(40, 5);
    const part = draw(10, 5, 25);
    const length = whole.values.length / 40;
    assert.is(
      Buffer.compare(whole.values.subarray(25 * length, 35 * length) as Uint8Array, part.values as Uint8Array),
      0,
    );
    assert.equal(whole.labels?.slice(25, 35), part.labels);
    assert.ok((whole.labels as Uint32Array).every((label) => label < (whole.classNames?.length as number)));
    // Twice the same row would be a bug of the counter: all forty differ.
    const rows = new Set(
      Array.from({ length: 40 }, (_, i) =>
        Buffer.from(whole.values.subarray(i * length, (i + 1) * length)).toString("base64"),
      ),
    );
    assert.is(rows.size, 40);
  });
}

builtin("glyphs: the ink of MNIST, inside the frame, centred; the class means tell the digits apart", () => {
  const { values: all, labels, count } = drawGlyphs(3000);
  const values = all as Uint8Array;
  let ink = 0;
  for (const value of values) ink += value;
  const mean = ink / values.length / 255;
  assert.ok(mean > 0.09 && mean < 0.17, `mean ${mean}`);
  const means = Array.from({ length: 10 }, () => new Float64Array(784));
  let strays = 0;
  for (let row = 0; row < count; row++) {
    const image = values.subarray(row * 784, (row + 1) * 784);
    let [mass, cx, cy] = [0, 0, 0];
    image.forEach((value, p) => {
      const [x, y] = [p % 28, Math.floor(p / 28)];
      if (x === 0 || y === 0 || x === 27 || y === 27) assert.is(value, 0, `row ${row} touches the frame`);
      mass += value;
      cx += value * x;
      cy += value * y;
      (means[(labels as Uint32Array)[row] as number] as Float64Array)[p] += value;
    });
    const off = Math.max(Math.abs(cx / mass - 13.5), Math.abs(cy / mass - 13.5));
    assert.ok(off < 3, `row ${row} is ${off} pixels off centre`);
    if (off > 1.5) strays++;
    assert.ok(
      image.some((value) => value > 200),
      `row ${row} is faint`,
    );
  }
  // Those that would else touch the frame.
  assert.ok(strays < count * 0.03, `${strays} off centre`);
  // Nearest class mean (by cosine) on rows that were not averaged.
  const fresh = drawGlyphs(1000, 0, 100_000);
  const norm = (v: ArrayLike<number>) => Math.sqrt(Array.from(v).reduce((sum, x) => sum + x * x, 0));
  const norms = means.map(norm);
  let right = 0;
  for (let row = 0; row < 1000; row++) {
    const image = (fresh.values as Uint8Array).subarray(row * 784, (row + 1) * 784);
    const scores = means.map(
      (m, d) => image.reduce((sum: number, value, p) => sum + value * (m[p] as number), 0) / (norms[d] as number),
    );
    if (scores.indexOf(Math.max(...scores)) === fresh.labels?.[row]) right++;
  }
  assert.ok(right > 850, `${right} of 1000`);
});

builtin("glyphs and sprites: 10,000 rows in seconds", () => {
  for (const draw of [drawGlyphs, drawSprites]) {
    const began = performance.now();
    draw(10_000);
    assert.ok(performance.now() - began < 4000, `${draw.name} took ${performance.now() - began} ms`);
  }
});

builtin("sprites: the factors are the picture's", () => {
  const { values, factors, labels, factorNames } = drawSprites(2000, 1);
  assert.equal(factorNames, ["shape", "scale", "orientation", "x", "y"]);
  const seen = factorNames.map(() => new Set<number>());
  for (let row = 0; row < 2000; row++) {
    const [shape, scale, turn, x, y] = factors.subarray(row * 5, row * 5 + 5) as unknown as number[];
    factors.subarray(row * 5, row * 5 + 5).forEach((value, f) => {
      seen[f]?.add(value);
    });
    assert.is(labels[row], shape);
    let [mass, cx, cy] = [0, 0, 0];
    (values as Uint8Array).subarray(row * 4096, (row + 1) * 4096).forEach((value, p) => {
      mass += value / 255;
      cx += (value / 255) * ((p % 64) + 0.5);
      cy += (value / 255) * (Math.floor(p / 64) + 0.5);
    });
    // Area goes with the square of the scale (about 290 pixels at 1), the centre with x and y.
    assert.ok(
      Math.abs(mass / (scale as number) ** 2 - 280) < 45,
      `row ${row} shape ${shape}: ${mass / (scale as number) ** 2}`,
    );
    assert.ok(
      Math.abs(cx / mass - (16 + 32 * (x as number))) < 1.5 && Math.abs(cy / mass - (16 + 32 * (y as number))) < 1.5,
      `row ${row}`,
    );
    assert.ok((turn as number) >= 0 && (turn as number) < 6.2832);
  }
  assert.equal(
    seen.map((values) => values.size),
    [3, 6, 40, 32, 32],
  );
  const sorted = (f: number) => [...(seen[f] as Set<number>)].sort((a, b) => a - b);
  assert.equal(sorted(1), [...Float32Array.of(0.5, 0.6, 0.7, 0.8, 0.9, 1)]);
  for (const f of [3, 4]) assert.equal([sorted(f)[0], sorted(f)[31]], [0, 1]);
});

builtin.run();
