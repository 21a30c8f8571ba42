import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { crc32 } from "../src/formats/crc32.js";
import { gunzip, isGzip } from "../src/formats/gzip.js";
import { parseIdx } from "../src/formats/idx.js";
import { encodeNpy, NpyRows, npyHeader, parseNpy } from "../src/formats/npy.js";
import { readSafetensors, writeSafetensors } from "../src/formats/safetensors.js";

const formats = suite("formats");
const ascii = (text: string) => new TextEncoder().encode(text);

function refused(run: () => unknown, pattern: RegExp): void {
  assert.throws(run, (error: Error) => error instanceof InputError && pattern.test(error.message));
}

async function refusedLater(promise: Promise<unknown>, pattern: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, InputError);
  assert.match((error as Error).message, pattern);
}

formats("crc32: the check value of the standard, in one turn or two, at every offset", () => {
  assert.is(crc32(ascii("123456789")), 0xcbf43926);
  const long = Uint8Array.from({ length: 1000 }, (_, i) => (i * 37) & 255);
  for (let cut = 0; cut < 40; cut++) {
    assert.is(crc32(long.subarray(cut), crc32(long.subarray(0, cut))), crc32(long));
  }
});

formats("gzip: content comes back; every truncation and no damaged byte goes unseen", async () => {
  const content = ascii("latentgpu ".repeat(500));
  const packed = new Uint8Array(gzipSync(content));
  assert.ok(isGzip(packed));
  assert.equal(await gunzip(packed, { where: "a.gz" }), content);
  assert.equal(await gunzip(new Uint8Array(gzipSync(new Uint8Array(0))), { where: "a.gz" }), new Uint8Array(0));
  for (let length = 0; length < packed.length; length++) {
    await refusedLater(gunzip(packed.slice(0, length), { where: "a.gz" }), /^a\.gz /);
  }
  // The first ten bytes hold a date and flags that no checksum covers.
  let refusals = 0;
  for (let i = 10; i < packed.length; i++) {
    const damaged = packed.slice();
    damaged[i] = (damaged[i] as number) ^ 0x10;
    // A bit that pads the last byte may flip unseen: then the content is whole all the same.
    const got = await gunzip(damaged, { where: "a.gz" }).catch((error: Error) => error);
    assert.ok(got instanceof InputError || Buffer.compare(got as Uint8Array, content) === 0, `byte ${i}`);
    if (got instanceof InputError) refusals++;
  }
  assert.ok(refusals >= packed.length - 12);
});

formats("gzip: a cap, several members and a bomb whose trailer lies are refused", async () => {
  const packed = new Uint8Array(gzipSync(new Uint8Array(100_000)));
  await refusedLater(
    gunzip(packed, { where: "a.gz", maxBytes: 99_999 }),
    /100000 bytes by its trailer, over the cap of 99999/,
  );
  assert.is((await gunzip(packed, { where: "a.gz", maxBytes: 100_000 })).length, 100_000);
  const two = new Uint8Array(Buffer.concat([packed, packed]));
  await refusedLater(gunzip(two, { where: "a.gz" }), /several gzip members/);
  const lying = packed.slice();
  new DataView(lying.buffer).setUint32(lying.length - 4, 50_000, true);
  await refusedLater(gunzip(lying, { where: "a.gz" }), /more than the 50000 bytes/);
});

formats("gzip: a bomb of 1 MB stops within a second, whatever its trailer says", async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(2 ** 30 + 1), { level: 9 }));
  assert.ok(bomb.length < 1.1e6);
  for (const claimed of [2 ** 30 + 1, 2 ** 32 - 1, 1000, 2 ** 20]) {
    new DataView(bomb.buffer).setUint32(bomb.length - 4, claimed, true);
    const before = process.memoryUsage().rss;
    const began = performance.now();
    await refusedLater(gunzip(bomb, { where: "bomb.gz" }), /bomb\.gz (unpacks to|is truncated)/);
    assert.ok(performance.now() - began < 1000, `took ${performance.now() - began} ms`);
    assert.ok(process.memoryUsage().rss - before < 3e8);
  }
});

const idx = (type: number, dims: number[], payload: number[]) =>
  Uint8Array.from([
    0,
    0,
    type,
    dims.length,
    ...dims.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]),
    ...payload,
  ]);

formats("idx: every type and number of dimensions", () => {
  assert.equal(parseIdx(idx(8, [2, 3], [1, 2, 3, 4, 5, 255]), "a"), {
    type: "u8",
    shape: [2, 3],
    data: Uint8Array.from([1, 2, 3, 4, 5, 255]),
  });
  assert.equal(parseIdx(idx(9, [2], [1, 255]), "a").data, Int8Array.from([1, -1]));
  assert.equal(parseIdx(idx(11, [2], [0, 1, 255, 254]), "a").data, Int16Array.from([1, -2]));
  assert.equal(parseIdx(idx(12, [1], [0x12, 0x34, 0x56, 0x78]), "a").data, Int32Array.from([0x12345678]));
  assert.equal(parseIdx(idx(13, [1], [0x3f, 0xc0, 0, 0]), "a").data, Float32Array.from([1.5]));
  assert.equal(parseIdx(idx(14, [1], [0xc0, 4, 0, 0, 0, 0, 0, 0]), "a").data, Float64Array.from([-2.5]));
  assert.equal(parseIdx(idx(8, [1, 1, 1, 1], [7]), "a").shape, [1, 1, 1, 1]);
});

formats("idx: wrong magic, type, dimensions, length and size are refused", () => {
  const good = idx(8, [2, 2], [1, 2, 3, 4]);
  for (let length = 0; length < good.length; length++) refused(() => parseIdx(good.subarray(0, length), "a"), /^a /);
  refused(() => parseIdx(Uint8Array.from([...good, 0]), "a"), /2 x 2 u8 \(4 bytes\) but holds 5/);
  refused(() => parseIdx(idx(10, [1], [0]), "a"), /not an IDX/);
  refused(() => parseIdx(idx(8, [], []), "a"), /not an IDX/);
  refused(() => parseIdx(idx(8, [1, 1, 1, 1, 1], [0]), "a"), /not an IDX/);
  refused(() => parseIdx(Uint8Array.from([1, ...good.subarray(1)]), "a"), /not an IDX/);
  refused(() => parseIdx(idx(8, [65536, 65536], []), "a"), /over the limit of 2 GiB/);
  // Products that would wrap to 0 in 32 or 64 bits.
  refused(() => parseIdx(idx(8, [2 ** 31, 2 ** 31, 4], []), "a"), /over the limit/);
});

formats("a Buffer's slice is a view of a larger pool: what is read from one is right all the same", () => {
  const shifted = (file: Uint8Array) => Buffer.concat([Uint8Array.of(9), file]).subarray(1);
  assert.equal(parseIdx(shifted(idx(13, [2], [0x3f, 0x80, 0, 0, 0x3f, 0, 0, 0])), "a").data, Float32Array.of(1, 0.5));
  const bytes = parseIdx(shifted(idx(8, [2], [3, 4])), "a").data;
  assert.equal(bytes.constructor, Uint8Array);
  assert.equal(bytes, Uint8Array.of(3, 4));
  assert.equal(parseNpy(shifted(encodeNpy([2], Float32Array.of(1, 2))), "a").data, Float32Array.of(1, 2));
  const tensor = { dtype: "F32" as const, shape: [2], data: Float32Array.of(1, 2) };
  assert.equal(readSafetensors(shifted(writeSafetensors([["w", tensor]])), "a").tensors.get("w"), tensor);
});

const npy = (header: string, payload: Uint8Array, version = 1) => {
  const text = ascii(header);
  const length =
    version === 1
      ? [text.length & 255, text.length >> 8]
      : [text.length & 255, (text.length >> 8) & 255, text.length >> 16, 0];
  return Uint8Array.from([0x93, ...ascii("NUMPY"), version, 0, ...length, ...text, ...payload]);
};
const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

formats("npy: what is written is read back, aligned to 64 bytes", () => {
  for (const data of [
    Float32Array.of(1.5, -2, 3, 4, 5, 6),
    Uint32Array.of(1, 2, 3, 4, 5, 2 ** 32 - 1),
    Int32Array.of(-1, 2, 3, 4, 5, 6),
    Uint8Array.of(1, 2, 3, 4, 5, 255),
  ]) {
    const file = encodeNpy([2, 3], data);
    assert.is((file.length - data.byteLength) % 64, 0);
    const read = parseNpy(file, "a");
    assert.equal(read.shape, [2, 3]);
    assert.equal(read.data, data);
    // At an odd address too.
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    assert.equal(parseNpy(shifted.subarray(1), "a").data, data);
  }
  assert.equal(parseNpy(encodeNpy([], Float32Array.of(7)), "a").shape, []);
  assert.equal(parseNpy(encodeNpy([0, 3], new Float32Array(0)), "a").shape, [0, 3]);
  assert.equal(parseNpy(encodeNpy([5], new Uint8Array(5)), "a").shape, [5]);
  refused(() => encodeNpy([2, 2], new Uint8Array(5)), /cannot hold 5/);
  assert.is(
    new TextDecoder("latin1")
      .decode(npyHeader("<f4", [3]))
      .slice(10, 70)
      .trim(),
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
  );
});

formats("npy: rows in pieces make the same file, and too few or too many are refused", () => {
  const data = Float32Array.from({ length: 12 }, (_, i) => i / 3);
  const rows = new NpyRows("<f4", [4, 3]);
  const pieces = [rows.header, rows.rows(data.subarray(0, 3)), rows.rows(data.subarray(3, 12))];
  rows.finish();
  assert.equal(new Uint8Array(Buffer.concat(pieces)), encodeNpy([4, 3], data));
  refused(() => rows.rows(Float32Array.of(1)), /too many/);
  refused(() => new NpyRows("<f4", [4, 3]).finish(), /12 values short/);
  refused(() => new NpyRows("<f4", [1]).rows(Uint8Array.of(1)), /cannot take rows of \|u1/);
});

formats("npy: every dtype, version, spelling of the header, and Fortran order", () => {
  const f8 = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", bytesOf(Float64Array.of(0.1, -7)));
  assert.equal(parseNpy(f8, "a").data, Float64Array.of(0.1, -7));
  const i8 = npy('{"shape":(1,),"descr":"<i8","fortran_order":False}', bytesOf(BigInt64Array.of(-5n)), 2);
  assert.equal(parseNpy(i8, "a").data, BigInt64Array.of(-5n));
  assert.equal(
    parseNpy(npy("{'descr': '<u1', 'fortran_order': False, 'shape': ()}", Uint8Array.of(9), 3), "a").data,
    Uint8Array.of(9),
  );
  // [[0,1,2],[3,4,5]] column by column, then a 2 x 1 x 3 x 2 array against its own index.
  const columns = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", Uint8Array.of(0, 3, 1, 4, 2, 5));
  assert.equal(parseNpy(columns, "a").data, Uint8Array.of(0, 1, 2, 3, 4, 5));
  const deep = new Uint8Array(12);
  for (let i = 0; i < 12; i++) {
    const [p, q, r] = [Math.floor(i / 6), Math.floor(i / 2) % 3, i % 2];
    deep[p + 2 * q + 6 * r] = i;
  }
  const file = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 1, 3, 2), }", deep);
  assert.equal(
    parseNpy(file, "a").data,
    Uint8Array.from({ length: 12 }, (_, i) => i),
  );
});

formats("npy: objects, big-endian, strings, code, wrong lengths and huge headers are refused", () => {
  const one = Uint8Array.of(1);
  const bad = (header: string, pattern: RegExp, payload = one) =>
    refused(() => parseNpy(npy(header, payload), "a"), pattern);
  for (const descr of ["|O", ">f4", "<U5", "|S3", "<c8", "<f2", "toString", "__proto__"]) {
    bad(`{'descr': '${descr}', 'fortran_order': False, 'shape': (1,)}`, /is not read/);
  }
  bad("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", /header/);
  bad("{'descr': '|u1', 'fortran_order': __import__('os'), 'shape': (1,)}", /header/);
  bad("{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}", /header/);
  bad("{'descr': '|u1', 'fortran_order': False, 'shape': (1)}", /header/);
  bad("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}", /header/);
  bad("{'descr': '|u1', 'fortran_order': False, 'shape': [1]}", /header/);
  bad("{'descr': '|u1', 'fortran_order': False}", /header/);
  bad("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", /header/);
  bad("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'extra': '1'}", /header/);
  bad("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} 5", /header/);
  bad("{'descr': '|u1', 'fortran_order': False, 'shape': (999999999999999999999,)}", /header/);
  bad("{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", /claims shape/);
  bad("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", /claims shape \(2\)/);
  bad("", /header/, new Uint8Array(4));
  refused(() => parseNpy(npy(" ".repeat(65600), one, 2), "a"), /header of 65600 bytes/);
  const good = encodeNpy([2], Float32Array.of(1, 2));
  for (let length = 0; length < good.length; length++) refused(() => parseNpy(good.subarray(0, length), "a"), /^a /);
  refused(() => parseNpy(Uint8Array.from([...good.subarray(0, 6), 4, ...good.subarray(7)]), "a"), /version 1 to 3/);
});

formats.run();
