import { deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
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

function refused(bytes: Uint8Array, pattern = /^a\.png /): void {
  assert.throws(
    () => decodePng(bytes, "a.png"),
    (error: Error) => error instanceof InputError && pattern.test(error.message),
  );
}

png("what is encoded is decoded, grey and colour; the sides and the data must agree", () => {
  for (const channels of [1, 3] as const) {
    for (const [width, height] of [[1, 1], [7, 3], [3, 8], [64, 64]] as const) {
      const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 89) & 255);
      assert.equal(decodePng(encodePng({ width, height, channels, data }), "a.png"), { width, height, channels, data });
    }
  }
  assert.throws(() => encodePng({ width: 2, height: 2, channels: 1, data: new Uint8Array(5) }), /cannot hold 5 bytes/);
});

png("every colour type and depth, transparency over black", () => {
  assert.equal(decodePng(file(header(2, 1, 16), pixels([0, 255, 255, 0, 0]), end), "a").data, Uint8Array.of(255, 0));
  assert.equal(decodePng(file(header(3, 1, 1), pixels([0, 0b10100000]), end), "a").data, Uint8Array.of(255, 0, 255));
  assert.equal(decodePng(file(header(2, 1, 8, 4), pixels([0, 200, 255, 200, 51]), end), "a").data, Uint8Array.of(200, 40));
  const rgba = decodePng(file(header(1, 1, 8, 6), pixels([0, 255, 100, 0, 0]), end), "a");
  assert.equal([rgba.channels, ...rgba.data], [3, 0, 0, 0]);
  const palette = chunk("PLTE", Uint8Array.of(1, 2, 3, 4, 5, 6));
  const indexed = decodePng(file(header(2, 1, 8, 3), palette, pixels([0, 1, 0]), end), "a");
  assert.equal([indexed.channels, ...indexed.data], [3, 4, 5, 6, 1, 2, 3]);
});

png("13 hand-made attacks are refused, none takes 200 ms or 300 MB", () => {
  const good = file(header(2, 2), pixels([0, 1, 2, 0, 3, 4]), end);
  decodePng(good, "a.png");
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
    ["interlaced bomb", file(header(2, 2, 8, 0, 1), bomb, end), /interlaced/],
    ["no end", good.subarray(0, good.length - 12), /truncated/],
    ["palette missing", file(header(1, 1, 8, 3), pixels([0, 0]), end), /damaged/],
  ];
  for (const [name, bytes, pattern] of corpus) {
    const [began, before] = [performance.now(), process.memoryUsage().rss];
    refused(bytes, pattern);
    assert.ok(performance.now() - began < 200, `${name} took ${performance.now() - began} ms`);
    assert.ok(process.memoryUsage().rss - before < 3e8, name);
  }
});

png("more: a bomb in a small picture, wrong filters, palettes without end, chunks beyond the file", () => {
  const bomb = chunk("IDAT", deflateSync(new Uint8Array(2 ** 28)));
  const began = performance.now();
  // The decoder stops at the four bytes that a 1 x 2 picture has, so the file decodes.
  assert.equal(decodePng(file(header(1, 2), bomb, end), "a.png").data, Uint8Array.of(0, 0));
  assert.ok(performance.now() - began < 200, `took ${performance.now() - began} ms`);
  refused(file(header(2, 2), pixels([9, 1, 2, 0, 3, 4]), end), /damaged/);
  refused(file(header(2, 2), pixels([0, 1, 2, 0, 3]), end), /damaged/);
  refused(file(header(2, 2), chunk("IDAT", Uint8Array.of(1, 2, 3, 4)), end), /damaged/);
  const palette = chunk("PLTE", new Uint8Array(768));
  refused(file(header(1, 1, 8, 3), palette, palette, pixels([0, 0]), end), /palette/);
  refused(file(header(1, 1, 8, 3), chunk("PLTE", new Uint8Array(771)), pixels([0, 0]), end), /palette/);
  const long = pixels([0, 1, 2, 0, 3, 4]);
  long.writeUInt32BE(0x7fffffff, 0);
  refused(file(header(2, 2), long, end), /truncated/);
  refused(file(header(2, 2), chunk("IHDR", new Uint8Array(0)), chunk("IHDR", new Uint8Array(13)), end));
});

png("5,000 mutants of three PNGs: a picture or an InputError, never more than 200 ms", () => {
  const seeds = [
    encodePng({ width: 5, height: 4, channels: 3, data: new Uint8Array(60).fill(7) }),
    file(header(4, 4, 4, 3), chunk("PLTE", new Uint8Array(48)), chunk("tRNS", new Uint8Array(3)), pixels(new Array(12).fill(0)), end),
    file(header(3, 2, 16, 6), pixels(new Array(50).fill(0)), end),
  ];
  const edit = fc.record({ at: fc.nat(), to: fc.nat(255) });
  const plan = fc.tuple(fc.nat(2), fc.array(edit, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.nat(30));
  let slowest = 0;
  fc.assert(
    fc.property(plan, ([which, edits, repair, cut]) => {
      const bytes = (seeds[which] as Uint8Array).slice();
      for (const { at, to } of edits) bytes[8 + (at % (bytes.length - 8))] = to;
      // With its checksums put right again, a mutant gets past the first gate.
      if (repair) repairChecksums(bytes);
      const began = performance.now();
      try {
        const { width, height, channels, data } = decodePng(cut < 3 ? bytes.subarray(0, -cut - 1) : bytes, "a.png");
        assert.is(data.length, width * height * channels);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
      slowest = Math.max(slowest, performance.now() - began);
    }),
    { numRuns: 5000, seed: 39 },
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

png("what is written is a PNG for others too: the packed rows hold the values behind their filter bytes", () => {
  const bytes = encodePng({ width: 2, height: 1, channels: 1, data: Uint8Array.of(10, 30) });
  const at = Buffer.from(bytes).indexOf("IDAT");
  const length = new DataView(bytes.buffer).getUint32(at - 4);
  const raw = inflateSync(bytes.subarray(at + 4, at + 4 + length));
  assert.is(raw.length, 3);
});

png.run();
