import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { datasetFromBytes, datasetFromIdx } from "../src/data/arrays.js";
import { openBuiltin } from "../src/data/spec.js";
import { InputError } from "../src/errors.js";
import { gunzip } from "../src/formats/gzip.js";
import { parseIdx } from "../src/formats/idx.js";
import { parseStrictJson } from "../src/formats/json.js";
import { encodeNpy, parseNpy } from "../src/formats/npy.js";
import { readSafetensors, writeSafetensors } from "../src/formats/safetensors.js";

/** Readers of what strangers wrote: on any mutant of a sound file they give a value or an InputError, soon. */
const fuzz = suite("fuzz");

const edits = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("set" as const), at: fc.nat(), value: fc.nat(255) }),
    fc.record({ kind: fc.constant("cut" as const), at: fc.nat(), value: fc.nat(8) }),
    fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), value: fc.nat(255) }),
    fc.record({ kind: fc.constant("copy" as const), at: fc.nat(), value: fc.nat(63) }),
  ),
  { minLength: 1, maxLength: 5 },
);

function mutate(
  seed: Uint8Array,
  list: { kind: "set" | "cut" | "insert" | "copy"; at: number; value: number }[],
): Uint8Array {
  let bytes = Array.from(seed);
  for (const { kind, at, value } of list) {
    const i = at % (bytes.length + 1);
    if (kind === "set") bytes[Math.min(i, bytes.length - 1)] = value;
    else if (kind === "cut") bytes.splice(i, value);
    else if (kind === "insert") bytes.splice(i, 0, value);
    else bytes = [...bytes.slice(0, i), ...bytes.slice(Math.max(0, i - value))];
  }
  return Uint8Array.from(bytes);
}

/** Runs `read` on mutants of the seeds and says how many were taken. A throw that is no InputError fails. */
function mutants(seeds: Uint8Array[], runs: number, read: (bytes: Uint8Array) => void): number {
  let taken = 0;
  let slowest = 0;
  fc.assert(
    fc.property(fc.nat(seeds.length - 1), edits, (which, list) => {
      const bytes = mutate(seeds[which] as Uint8Array, list);
      const began = performance.now();
      try {
        read(bytes);
        taken++;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        assert.ok(error.message.length < 500, `a message of ${error.message.length} characters`);
      }
      slowest = Math.max(slowest, performance.now() - began);
    }),
    { numRuns: runs, seed: 36 },
  );
  assert.ok(slowest < 200, `slowest ${slowest} ms`);
  return taken;
}

/** Waits; a rejection must be an InputError. */
async function settled(promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

const product = (shape: number[]) => shape.reduce((total, n) => total * n, 1);
const ascii = (text: string) => new TextEncoder().encode(text);

fuzz("idx: 10,000 mutants", () => {
  const seeds = [
    Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 1, 2, 3, 4]),
    Uint8Array.from([0, 0, 13, 1, 0, 0, 0, 2, 63, 128, 0, 0, 0, 0, 0, 0]),
  ];
  const taken = mutants(seeds, 10_000, (bytes) => {
    const { shape, data } = parseIdx(bytes, "a");
    assert.is(product(shape), data.length);
    datasetFromIdx("a", { where: "a", bytes }, { where: "b", bytes: Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 2, 1, 9]) });
  });
  assert.ok(taken > 0 && taken < 5000, `${taken} taken`);
});

fuzz("npy: 10,000 mutants", () => {
  const seeds = [encodeNpy([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)), encodeNpy([1, 2, 2], Uint8Array.of(1, 2, 3, 4))];
  const taken = mutants(seeds, 10_000, (bytes) => {
    const { shape, data } = parseNpy(bytes, "a");
    assert.is(product(shape), data.length);
  });
  assert.ok(taken > 0, "some mutants change values only");
});

fuzz("safetensors: 10,000 mutants of files without a checksum, 2,000 of a checked one", () => {
  const header =
    '{"__metadata__":{"k":"v\\u0041"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}';
  const plain = new Uint8Array(8 + header.length + 11);
  plain[0] = header.length;
  plain.set(ascii(header), 8);
  const small = Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]);
  mutants([plain, small], 10_000, (bytes) => {
    let total = 0;
    for (const { shape, data } of readSafetensors(bytes, "a").tensors.values()) {
      assert.is(product(shape), data.length);
      total += data.byteLength;
    }
    assert.ok(total < bytes.length);
  });
  const checked = writeSafetensors([["w", { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) }]]);
  const taken = mutants([checked], 2000, (bytes) => {
    readSafetensors(bytes, "a");
    // An edit may write the value that was there.
    assert.is(Buffer.compare(bytes, checked), 0);
  });
  assert.ok(taken < 100);
});

fuzz("strict JSON: text that JSON.parse refuses is refused, any text gives a value or an InputError", () => {
  const seeds = [
    ascii('{"a":[1,-2.5e3,true],"b":{"\\u0041":"x\\n"}}'),
    ascii('{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}'),
  ];
  mutants(seeds, 5000, (bytes) => {
    const text = new TextDecoder().decode(bytes);
    parseStrictJson(text, { where: "a", maxDepth: 4 });
    JSON.parse(text);
  });
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), (value) => {
      parseStrictJson(JSON.stringify(value), { where: "a", maxDepth: 4 });
    }),
    { numRuns: 500, seed: 1 },
  );
});

fuzz("any first bytes: a dataset or an InputError", async () => {
  const seeds = [
    encodeNpy([2, 3, 3], new Uint8Array(18)),
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0),
    Uint8Array.of(0, 0, 8, 3),
  ];
  await fc.assert(
    fc.asyncProperty(fc.nat(seeds.length - 1), edits, async (which, list) => {
      const bytes = mutate(seeds[which] as Uint8Array, list);
      await settled(datasetFromBytes("a", { where: "a", bytes }));
    }),
    { numRuns: 3000, seed: 41 },
  );
});

fuzz("gzip: 1,500 mutants", async () => {
  const seed = new Uint8Array(gzipSync(ascii("latent ".repeat(40))));
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      await settled(gunzip(mutate(seed, list), { where: "a", maxBytes: 1e6 }));
    }),
    { numRuns: 1500, seed: 40 },
  );
});

fuzz("builtin specs: any text after the name", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom("", "glyphs", "glyphs?", "sprites?rows=", "glyphs?seed=1&"),
      (tail, head) => {
        try {
          openBuiltin(`builtin:${head}${tail}`, "train", 2);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      },
    ),
    { numRuns: 2000, seed: 2 },
  );
});

fuzz.run();
