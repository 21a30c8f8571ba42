import { existsSync, readdirSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { parseStrictJson } from "../src/formats/json.js";
import { readSafetensors, type SafeTensor, writeSafetensors } from "../src/formats/safetensors.js";

const safetensors = suite("formats: safetensors");

/** A file with any text for a header and `size` bytes of data. */
function file(header: string, size = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const refusal = (bytes: Uint8Array) => {
  try {
    readSafetensors(bytes, "a");
  } catch (error) {
    assert.instance(error, InputError);
    return (error as Error).message;
  }
  return undefined;
};

const sample: [string, SafeTensor][] = [
  ["net.0.bias", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 255) }],
  ["net.0.weight", { dtype: "F32", shape: [2, 2], data: Float32Array.of(1.5, -2, 3e-40, 4) }],
  ["step", { dtype: "I64", shape: [], data: BigInt64Array.of(-7n) }],
  ["moment", { dtype: "F64", shape: [1], data: Float64Array.of(0.1) }],
  ["empty", { dtype: "F32", shape: [0, 4], data: new Float32Array(0) }],
  ["codes", { dtype: "U32", shape: [2], data: Uint32Array.of(1, 2 ** 32 - 1) }],
  ['half \u00e9 "q" \ud83d\ude00', { dtype: "BF16", shape: [1], data: Uint16Array.of(0x3f80) }],
  ["__proto__", { dtype: "BOOL", shape: [1], data: Uint8Array.of(1) }],
];

safetensors("round trip: names, types, shapes, bits, metadata; the header is padded and everything aligned", () => {
  const bytes = writeSafetensors(sample, [
    ["7", "seven"],
    ["config", '{"a":"\\n"}'],
  ]);
  assert.is(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8, 0);
  const { metadata, tensors } = readSafetensors(bytes, "a");
  assert.equal([...metadata].sort(), [
    ["7", "seven"],
    ["config", '{"a":"\\n"}'],
    ["format", "pt"],
  ]);
  assert.is(tensors.size, sample.length);
  for (const [name, tensor] of sample) {
    assert.equal(tensors.get(name), tensor);
    assert.is(tensors.get(name)?.data.buffer, bytes.buffer, "views, not copies");
  }
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  for (const [name, tensor] of sample)
    assert.equal(readSafetensors(shifted.subarray(3), "a").tensors.get(name), tensor);
});

safetensors("the writer refuses what it could not read back", () => {
  const data = Float32Array.of(1, 2);
  const write =
    (tensors: [string, SafeTensor][], metadata: [string, string][] = []) =>
    () =>
      writeSafetensors(tensors, metadata);
  assert.throws(write([["w", { dtype: "F32", shape: [3], data }]]), /claims F32 \[3\] but holds 2/);
  assert.throws(write([["w", { dtype: "F64", shape: [2], data }]]), /claims F64/);
  assert.throws(
    write([
      ["w", { dtype: "F32", shape: [2], data }],
      ["w", { dtype: "F32", shape: [2], data }],
    ]),
    /two tensors/,
  );
  assert.throws(write([["__metadata__", { dtype: "F32", shape: [2], data }]]), /two tensors/);
  assert.throws(write([], [["latentgpu.crc32", "1"]]), /the file's own/);
});

safetensors("every truncation, every byte flipped in any bit, and every byte appended is refused", () => {
  const bytes = writeSafetensors(sample, [["config", "x"]]);
  for (let length = 0; length < bytes.length; length++) assert.ok(refusal(bytes.slice(0, length)), `${length} bytes`);
  for (let i = 0; i < bytes.length; i++) {
    for (let bit = 0; bit < 8; bit++) {
      const damaged = bytes.slice();
      damaged[i] = (damaged[i] as number) ^ (1 << bit);
      assert.ok(refusal(damaged), `byte ${i} bit ${bit}`);
    }
  }
  assert.ok(refusal(new Uint8Array([...bytes, 0])));
});

const tensor = (begin: number, end: number, shape = `[${(end - begin) / 4}]`, dtype = '"F32"') =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":[${begin},${end}]}`;

safetensors(
  "files of others, without a checksum: holes, overlaps, duplicates, depths and wrong sizes are refused",
  () => {
    assert.is(refusal(file(`{"a":${tensor(0, 4)},"b":${tensor(4, 8)}}  `, 8)), undefined);
    assert.is(refusal(file(`{"b":${tensor(4, 8)},"a":${tensor(0, 4)}}`, 8)), undefined);
    assert.is(refusal(file(`{"__metadata__":{"k":"v"},"a":${tensor(0, 0, "[0]")}}`)), undefined);
    assert.is(refusal(file("{}")), undefined);
    const attacks: [string, string, number, RegExp][] = [
      ["hole", `{"a":${tensor(0, 4)},"b":${tensor(8, 12)}}`, 12, /hole/],
      ["hole at the start", `{"a":${tensor(4, 8)}}`, 8, /hole/],
      ["overlap", `{"a":${tensor(0, 8)},"b":${tensor(4, 12)}}`, 12, /overlap/],
      ["twice the same bytes", `{"a":${tensor(0, 4)},"b":${tensor(0, 4)}}`, 4, /overlap/],
      ["beyond the end", `{"a":${tensor(0, 8)}}`, 4, /4 are there/],
      ["stray bytes", `{"a":${tensor(0, 4)}}`, 8, /8 are there/],
      ["end before begin", `{"a":${tensor(4, 0)}}`, 4, /./],
      ["negative", `{"a":${tensor(-4, 0)}}`, 4, /offsets/],
      ["fraction", `{"a":${tensor(0, 6, "[1.5]")}}`, 6, /bad shape/],
      ["exponent beyond safe", `{"a":${tensor(0, 4, "[1e300]")}}`, 4, /bad shape/],
      ["product that wraps", `{"a":${tensor(0, 4, "[4294967296,4294967296,1]")}}`, 4, /size/],
      ["zero times infinity", `{"a":${tensor(0, 4, "[9007199254740991,9007199254740991,0]")}}`, 4, /size/],
      ["shape a string", `{"a":${tensor(0, 4, '"1"')}}`, 4, /bad shape/],
      ["33 dimensions", `{"a":${tensor(0, 4, `[${new Array(33).fill(1)}]`)}}`, 4, /bad shape/],
      ["dtype unknown", `{"a":${tensor(0, 4, "[1]", '"F31"')}}`, 4, /dtype/],
      ["dtype of the prototype", `{"a":${tensor(0, 4, "[1]", '"constructor"')}}`, 4, /dtype/],
      ["dtype a number", `{"a":${tensor(0, 4, "[1]", "4")}}`, 4, /dtype/],
      ["fields missing", '{"a":{"dtype":"F32"}}', 4, /bad shape/],
      ["fields unknown", `{"a":{"x":1,${tensor(0, 4).slice(1)}}`, 4, /unknown fields/],
      ["three offsets", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}', 4, /offsets/],
      ["tensor not an object", '{"a":[]}', 0, /not an object/],
      ["tensor null", '{"a":null}', 0, /not an object/],
      ["key twice", `{"a":${tensor(0, 4)},"a":${tensor(0, 4)}}`, 4, /twice/],
      ["key twice by an escape", `{"a":${tensor(0, 4)},"\\u0061":${tensor(4, 8)}}`, 8, /twice/],
      ["inner key twice", '{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4, /twice/],
      ["metadata twice", '{"__metadata__":{},"__metadata__":{}}', 0, /twice/],
      ["metadata a number", '{"__metadata__":{"a":1}}', 0, /not text/],
      ["metadata a list", '{"__metadata__":[]}', 0, /not an object/],
      ["too deep", `{"a":${"[".repeat(100_000)}`, 0, /deeper than 4/],
      ["trailing comma", `{"a":${tensor(0, 4)},}`, 4, /expected/],
      ["two values", "{}{}", 0, /more than one/],
      ["comment", "{/**/}", 0, /expected/],
      ["single quotes", "{'a':1}", 0, /expected/],
      ["unquoted NaN", '{"a":NaN}', 0, /value expected/],
      ["leading zero", '{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', 4, /value expected/],
      ["half a surrogate", `{"\\ud800":${tensor(0, 4)}}`, 4, /surrogate/],
      ["control character", `{"a\u0001":${tensor(0, 4)}}`, 4, /string/],
      ["bad escape", `{"\\x41":${tensor(0, 4)}}`, 4, /escape/],
      ["space first", " {}", 0, /does not begin/],
      ["list", "[]", 0, /does not begin/],
      ["never ends", '{"a', 0, /string/],
      ["zeros after", "{}\u0000", 0, /more than one/],
      ["half a checksum", '{"__metadata__":{"latentgpu.checked":"crc32"}}', 0, /checksum/],
    ];
    assert.ok(attacks.length >= 40);
    for (const [name, header, size, pattern] of attacks) {
      const began = performance.now();
      assert.match(refusal(file(header, size)) ?? "accepted", pattern, name);
      assert.ok(performance.now() - began < 50, name);
    }
    const invalid = file('{"a":0}');
    invalid[10] = 0xff;
    assert.match(refusal(invalid) as string, /UTF-8/);
    for (const length of [2n ** 64n - 1n, 2n ** 63n, 100_000_001n, 100n]) {
      const bytes = file("{}");
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      assert.match(refusal(bytes) as string, /header claims/);
    }
    const many = Array.from({ length: 100_002 }, (_, i) => `"${i}":0`).join(",");
    assert.match(refusal(file(`{${many}}`)) as string, /more than 100000/);
  },
);

safetensors("strict JSON agrees with JSON.parse on what is sound", () => {
  const text = '{"a":[1,-2.5e3,0,true,false,null,"\\u00e9\\n\\ud83d\\ude00"],"b":{"c":{}},"d":[]}';
  const plain = (value: unknown): unknown =>
    value instanceof Map
      ? Object.fromEntries([...value].map(([k, v]) => [k, plain(v)]))
      : Array.isArray(value)
        ? value.map(plain)
        : value;
  assert.equal(plain(parseStrictJson(text, { where: "a", maxDepth: 4 })), JSON.parse(text));
  assert.throws(() => parseStrictJson(text, { where: "a", maxDepth: 2 }), /deeper than 2/);
});

const golden = "../shared/golden";
const families = existsSync(golden) ? readdirSync(golden).filter((name) => name.endsWith(".safetensors")) : [];
for (const family of families) {
  safetensors(`golden ${family} is read whole and comes back from our writer`, () => {
    const { metadata, tensors } = readSafetensors(new Uint8Array(readFileSync(`${golden}/${family}`)), family);
    const cases = JSON.parse(metadata.get("cases") as string) as unknown[];
    assert.ok(cases.length > 0 && tensors.size >= cases.length);
    assert.ok([...tensors.keys()].every((name) => Number(/^case(\d+)\//.exec(name)?.[1]) < cases.length));
    const again = readSafetensors(writeSafetensors(tensors, metadata), family);
    assert.equal(again.metadata.get("cases"), metadata.get("cases"));
    for (const [name, { dtype, shape, data }] of tensors) {
      const back = again.tensors.get(name) as SafeTensor;
      assert.equal([back.dtype, back.shape], [dtype, shape]);
      assert.is(Buffer.compare(bytesOf(back.data), bytesOf(data)), 0, name);
    }
  });
}
if (families.length === 0) console.log(`skipped: golden tensors (no ${golden})`);

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

safetensors.run();
