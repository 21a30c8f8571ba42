import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { PNG } from "pngjs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { crc32 } from "../src/formats/crc32.js";
import { decodePng, encodePng } from "../src/formats/png.js";

const png = suite("formats: png");

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

function chunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, "latin1");
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

function header(width: number, height: number, depth = 8, colour = 0, interlace = 0): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([depth, colour, 0, 0, interlace], 8);
  return chunk("IHDR", data);
}

const end = chunk("IEND", new Uint8Array(0));
const pixels = (raw: ArrayLike<number>) => chunk("IDAT", deflateSync(Uint8Array.from(raw)));
const file = (...chunks: Uint8Array[]) => new Uint8Array(Buffer.concat([signature, ...chunks]));

async function refused(bytes: Uint8Array, pattern = /^a\.png /): Promise<void> {
  const error = await decodePng(bytes, "a.png").then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, InputError);
  assert.match((error as Error).message, pattern);
}

const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 255);

png("what is encoded is decoded, by pngjs too; the sides and the data must agree", async () => {
  for (const channels of [1, 3] as const) {
    for (const [width, height] of [
      [1, 1],
      [7, 3],
      [3, 8],
      [64, 64],
    ] as const) {
      const data = noise(width * height * channels);
      const bytes = await encodePng({ width, height, channels, data });
      assert.equal(await decodePng(bytes, "a.png"), { width, height, channels, data });
      const theirs = PNG.sync.read(Buffer.from(bytes));
      assert.equal([theirs.width, theirs.height], [width, height]);
      const [r, g] = [data[0], data[channels === 1 ? 0 : 1]];
      assert.equal([...theirs.data.subarray(0, 2)], [r, g]);
      const last = theirs.data.at(-2);
      assert.is(last, data.at(-1));
    }
  }
  const wrong = await encodePng({ width: 2, height: 2, channels: 1, data: new Uint8Array(5) }).catch(
    (e: Error) => e.message,
  );
  assert.match(wrong as string, /cannot hold 5 bytes/);
});

png("what pngjs writes is decoded, with every row filter, in colour and grey", async () => {
  const [width, height] = [9, 11];
  const data = noise(width * height * 3);
  const image = new PNG({ width, height });
  image.data = Buffer.from(data);
  for (const filterType of [0, 1, 2, 3, 4, -1] as const) {
    const bytes = PNG.sync.write(image, { colorType: 2, inputColorType: 2, inputHasAlpha: false, filterType });
    assert.equal((await decodePng(bytes, "a.png")).data, data, `filter ${filterType}`);
  }
});

png("every colour type and depth, transparency over black", async () => {
  const read = async (...chunks: Uint8Array[]) => {
    const { channels, data } = await decodePng(file(...chunks, end), "a.png");
    return [channels, ...data];
  };
  assert.equal(await read(header(2, 1, 16), pixels([0, 255, 255, 0, 0])), [1, 255, 0]);
  assert.equal(await read(header(3, 1, 1), pixels([0, 0b10100000])), [1, 255, 0, 255]);
  assert.equal(await read(header(5, 1, 2), pixels([0, 0b00011011, 0b01000000])), [1, 0, 85, 170, 255, 85]);
  assert.equal(await read(header(3, 1, 4), pixels([0, 0x0f, 0x30])), [1, 0, 255, 51]);
  assert.equal(await read(header(2, 1, 8, 4), pixels([0, 200, 255, 200, 51])), [1, 200, 40]);
  assert.equal(await read(header(1, 1, 16, 4), pixels([0, 255, 255, 128, 0])), [1, 128]);
  assert.equal(await read(header(2, 1, 8, 6), pixels([0, 255, 100, 0, 0, 1, 2, 3, 255])), [3, 0, 0, 0, 1, 2, 3]);
  assert.equal(await read(header(1, 1, 16, 2), pixels([0, 255, 255, 0, 0, 128, 0])), [3, 255, 0, 128]);
  const palette = chunk("PLTE", Uint8Array.of(1, 2, 3, 4, 50, 6));
  assert.equal(await read(header(2, 1, 8, 3), palette, pixels([0, 1, 0])), [3, 4, 50, 6, 1, 2, 3]);
  const clear = chunk("tRNS", Uint8Array.of(255, 51));
  assert.equal(await read(header(2, 1, 1, 3), palette, clear, pixels([0, 0b10000000])), [3, 1, 10, 1, 1, 2, 3]);
  assert.equal(await read(header(2, 1), chunk("tRNS", Uint8Array.of(0, 7)), pixels([0, 7, 8])), [1, 0, 8]);
  assert.equal(await read(header(1, 1), chunk("tEXt", noise(9)), pixels([0, 7])), [1, 7]);
});

png("interlaced: the same picture as plain, at sides with empty passes too", async () => {
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const;
  for (const [width, height] of [
    [1, 1],
    [2, 3],
    [5, 9],
    [17, 10],
  ] as const) {
    const data = noise(width * height);
    const raw: number[] = [];
    for (const [x0, y0, dx, dy] of passes) {
      for (let y = y0; y < height && x0 < width; y += dy) {
        raw.push(0);
        for (let x = x0; x < width; x += dx) raw.push(data[y * width + x] as number);
      }
    }
    const read = await decodePng(file(header(width, height, 8, 0, 1), pixels(raw), end), "a.png");
    assert.equal(read, { width, height, channels: 1, data });
  }
});

png("13 hand-made attacks are refused, none takes 200 ms or 300 MB", async () => {
  const good = file(header(2, 2), pixels([0, 1, 2, 0, 3, 4]), end);
  await decodePng(good, "a.png");
  const crcFlip = good.slice();
  crcFlip[19] = 3;
  const bomb = chunk("IDAT", deflateSync(new Uint8Array(2 ** 28)));
  const corpus: [string, Uint8Array, RegExp][] = [
    ["empty", new Uint8Array(0), /not a PNG/],
    ["signature alone", file(), /no PNG header/],
    ["not a PNG", new TextEncoder().encode("GIF89a".repeat(12)), /not a PNG/],
    ["header checksum", crcFlip, /checksum/],
    ["60000 x 60000 in 68 bytes", file(header(60000, 60000), pixels([0]), end), /60000 x 60000/],
    ["8000 x 8000", file(header(8000, 8000), pixels([0]), end), /area/],
    ["side 0", file(header(0, 5), pixels([0]), end), /0 x 5/],
    ["depth 3", file(header(2, 2, 3), pixels([0]), end), /depth 3/],
    ["colour type 5", file(header(2, 2, 8, 5), pixels([0]), end), /colour type 5/],
    ["4000 x 4000 without data", file(header(4000, 4000), pixels([0]), end), /packed bytes/],
    ["interlaced bomb", file(header(2, 2, 8, 0, 1), bomb, end), /do not unpack/],
    ["no end", good.subarray(0, good.length - 12), /truncated/],
    ["palette missing", file(header(1, 1, 8, 3), pixels([0, 0]), end), /palette/],
  ];
  for (const [name, bytes, pattern] of corpus) {
    const [began, before] = [performance.now(), process.memoryUsage().rss];
    await refused(bytes, pattern);
    assert.ok(performance.now() - began < 200, `${name} took ${performance.now() - began} ms`);
    assert.ok(process.memoryUsage().rss - before < 3e8, name);
  }
});

png("more: bombs, wrong filters, rows short or over, palettes, chunks beyond the file or twice", async () => {
  const bomb = chunk("IDAT", deflateSync(new Uint8Array(2 ** 28)));
  const began = performance.now();
  await refused(file(header(100, 2), bomb, end), /do not unpack/);
  assert.ok(performance.now() - began < 200, `took ${performance.now() - began} ms`);
  await refused(file(header(2, 2), pixels([9, 1, 2, 0, 3, 4]), end), /row filter/);
  await refused(file(header(2, 2), pixels([0, 1, 2, 0, 3]), end), /do not unpack/);
  await refused(file(header(2, 2), pixels([0, 1, 2, 0, 3, 4, 0]), end), /do not unpack/);
  // One byte short of 100 rows: the last pixel must not come from memory that nobody wrote.
  await refused(file(header(100, 100), pixels(new Uint8Array(10_099)), end), /do not unpack/);
  await refused(file(header(2, 2), chunk("IDAT", Uint8Array.of(1, 2, 3, 4)), end), /do not unpack/);
  await refused(file(header(2, 2), end), /packed bytes/);
  const palette = chunk("PLTE", new Uint8Array(768));
  await refused(file(header(1, 1, 8, 3), palette, palette, pixels([0, 0]), end), /PLTE twice/);
  await refused(file(header(1, 1, 8, 3), chunk("PLTE", new Uint8Array(771)), pixels([0, 0]), end), /palette/);
  await refused(file(header(1, 1, 8, 3), chunk("PLTE", new Uint8Array(3)), pixels([0, 1]), end), /outside its palette/);
  const long = pixels([0, 1, 2, 0, 3, 4]);
  long.writeUInt32BE(0x7fffffff, 0);
  await refused(file(header(2, 2), long, end), /truncated/);
  await refused(file(header(2, 2), header(1, 1), pixels([0, 1, 2, 0, 3, 4]), end), /IHDR twice/);
  await refused(file(header(2, 2), chunk("ABCD", noise(4)), pixels([0, 1, 2, 0, 3, 4]), end), /no PNG reader knows/);
  const good = file(header(2, 2), pixels([0, 1, 2, 0, 3, 4]), end);
  for (let length = 0; length < good.length; length++) await refused(good.subarray(0, length));
  for (let i = 0; i < good.length; i++) {
    const damaged = good.slice();
    damaged[i] = (damaged[i] as number) ^ 4;
    await refused(damaged);
  }
});

png("50,000 mutants of three PNGs: a picture or an InputError, never more than 200 ms", async () => {
  const seeds = [
    await encodePng({ width: 5, height: 4, channels: 3, data: new Uint8Array(60).fill(7) }),
    file(
      header(4, 4, 4, 3),
      chunk("PLTE", new Uint8Array(48)),
      chunk("tRNS", new Uint8Array(3)),
      pixels(new Array(12).fill(0)),
      end,
    ),
    file(header(3, 2, 16, 6), pixels(new Array(50).fill(0)), end),
  ];
  const edit = fc.record({ at: fc.nat(), to: fc.nat(255) });
  const plan = fc.tuple(fc.nat(2), fc.array(edit, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.nat(30));
  let slowest = 0;
  await fc.assert(
    fc.asyncProperty(plan, async ([which, edits, repair, cut]) => {
      const bytes = (seeds[which] as Uint8Array).slice();
      for (const { at, to } of edits) bytes[8 + (at % (bytes.length - 8))] = to;
      // With its checksums put right again, a mutant gets past the first gate.
      if (repair) repairChecksums(bytes);
      const began = performance.now();
      try {
        const { width, height, channels, data } = await decodePng(
          cut < 3 ? bytes.subarray(0, -cut - 1) : bytes,
          "a.png",
        );
        assert.is(data.length, width * height * channels);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
      slowest = Math.max(slowest, performance.now() - began);
    }),
    { numRuns: 50_000, seed: 39 },
  );
  assert.ok(slowest < 200, `slowest ${slowest} ms`);
});

function repairChecksums(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) break;
    view.setUint32(at + 8 + length, crc32(bytes.subarray(at + 4, at + 8 + length)));
    at += 12 + length;
  }
}

png.run();
