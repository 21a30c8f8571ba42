import { InputError } from "../errors.js";
import { crc32 } from "./crc32.js";
import { type Json, parseStrictJson } from "./json.js";

/** Array classes by dtype. F16 and BF16 are handed over as their bits; BOOL as 0 or 1 a byte. */
const arrays = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

export type SafeDtype = keyof typeof arrays;

/** One tensor: row-major `data` of product(`shape`) elements, in the array class of its dtype. */
export interface SafeTensor {
  dtype: SafeDtype;
  shape: number[];
  data: InstanceType<(typeof arrays)[SafeDtype]>;
}

export interface SafeTensors {
  metadata: Map<string, string>;
  tensors: Map<string, SafeTensor>;
}

const headerCap = 100_000_000;
const tensorCap = 100_000;
const depthCap = 4;

// Two keys, so that no single damaged byte can make a checked file look like an unchecked one.
const markKey = "latentgpu.checked";
const markValue = "crc32";
const crcKey = "latentgpu.crc32";
const crcPattern = `"${crcKey}":"`;

/** CRC-32 of the whole file, read as though the eight digits at `digits` were zeros. */
function fileCrc(bytes: Uint8Array, digits: number): number {
  const zeros = new Uint8Array(8).fill(0x30);
  return crc32(bytes.subarray(digits + 8), crc32(zeros, crc32(bytes.subarray(0, digits))));
}

const hex8 = (value: number) => value.toString(16).padStart(8, "0");

const product = (shape: readonly number[]) => shape.reduce((total, n) => total * n, 1);

const isSize = (value: Json | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function verify(bytes: Uint8Array, headerEnd: number, metadata: Map<string, string>, where: string): void {
  const mark = metadata.get(markKey);
  const crc = metadata.get(crcKey);
  if (mark === undefined && crc === undefined) return;
  const header = new TextDecoder("latin1").decode(bytes.subarray(0, headerEnd));
  const at = header.indexOf(crcPattern);
  if (mark !== markValue || at < 0 || crc !== hex8(fileCrc(bytes, at + crcPattern.length))) {
    throw new InputError(`${where} is damaged (its checksum differs): take the previous file or fetch it again.`);
  }
  metadata.delete(markKey);
  metadata.delete(crcKey);
}

/** Reads a safetensors file, strictly: a header of at most 100 MB, safe integers, no key twice, no hole, overlap or
 * stray byte, at most 100,000 tensors. Where the file carries our checksum, every byte is checked against it.
 * `data` is a view of `bytes` where it is aligned, else a copy. Throws InputError; `where` names the file. */
export function readSafetensors(bytes: Uint8Array, where: string): SafeTensors {
  const fail = (what: string): never => {
    throw new InputError(`${where} is not a sound safetensors file: ${what}. Fetch or save it again.`);
  };
  if (bytes.length < 10) fail(`it has ${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > headerCap || length > bytes.length - 8) fail(`its header claims ${length} bytes`);
  const headerEnd = 8 + length;
  if (bytes[8] !== 0x7b) fail('its header does not begin with "{"');
  let text = "";
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, headerEnd));
  } catch {
    fail("its header is not UTF-8");
  }
  const header = parseStrictJson(text, { where, maxDepth: depthCap }) as Map<string, Json>;
  if (header.size > tensorCap + 1) fail(`it has more than ${tensorCap} tensors`);

  const metadata = new Map<string, string>();
  const given = header.get("__metadata__");
  if (given !== undefined) {
    if (!(given instanceof Map)) return fail("__metadata__ is not an object");
    for (const [key, value] of given)
      metadata.set(key, typeof value === "string" ? value : fail("its metadata is not text"));
    header.delete("__metadata__");
  }
  verify(bytes, headerEnd, metadata, where);

  const entries: { name: string; dtype: SafeDtype; shape: number[]; begin: number; end: number }[] = [];
  for (const [name, entry] of header) {
    const label = `tensor ${JSON.stringify(name.slice(0, 100))}`;
    if (!(entry instanceof Map)) return fail(`${label} is not an object`);
    const dtype = entry.get("dtype") as SafeDtype;
    const shape = entry.get("shape");
    const offsets = entry.get("data_offsets");
    if (typeof dtype !== "string" || !Object.hasOwn(arrays, dtype)) fail(`${label} has no dtype that is read here`);
    if (!Array.isArray(shape) || shape.length > 32 || !shape.every(isSize)) return fail(`${label} has a bad shape`);
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || entry.size !== 3) {
      return fail(`${label} has bad offsets or unknown fields`);
    }
    const [begin, end] = offsets as [number, number];
    const size = product(shape) * arrays[dtype].BYTES_PER_ELEMENT;
    if (!Number.isSafeInteger(size) || end - begin !== size)
      fail(`${label} claims a size that its shape does not have`);
    entries.push({ name, dtype, shape, begin, end });
  }

  const inOrder = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of inOrder) {
    if (begin !== at) fail(`a hole or an overlap before tensor ${JSON.stringify(name.slice(0, 100))}`);
    at = end;
  }
  if (at !== bytes.length - headerEnd) fail(`its tensors take ${at} bytes and ${bytes.length - headerEnd} are there`);

  const tensors = new Map<string, SafeTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const kind = arrays[dtype];
    const offset = bytes.byteOffset + headerEnd + begin;
    const data =
      offset % kind.BYTES_PER_ELEMENT === 0
        ? new kind(bytes.buffer as ArrayBuffer, offset, product(shape))
        : // No slice: that of a Buffer is a view.
          new kind(new Uint8Array(bytes.subarray(headerEnd + begin, headerEnd + end)).buffer);
    tensors.set(name, { dtype, shape, data });
  }
  return { metadata, tensors };
}

/** Writes a safetensors file: `__metadata__.format = "pt"` unless given, our checksum, the header padded to 8 bytes,
 * wide types first so that every tensor is aligned. Throws InputError where a shape and its data disagree. */
export function writeSafetensors(
  tensors: Iterable<readonly [string, SafeTensor]>,
  metadata: Iterable<readonly [string, string]> = [],
): Uint8Array<ArrayBuffer> {
  const list = [...tensors].sort(
    ([, a], [, b]) => arrays[b.dtype].BYTES_PER_ELEMENT - arrays[a.dtype].BYTES_PER_ELEMENT,
  );
  // The checksum comes first: nothing that a caller wrote can then look like it.
  const notes = new Map([[crcKey, "00000000"], [markKey, markValue], ["format", "pt"], ...metadata]);
  if (notes.get(crcKey) !== "00000000" || notes.get(markKey) !== markValue) {
    throw new InputError(`The metadata keys "${crcKey}" and "${markKey}" are the file's own: use other names.`);
  }
  // Joined by hand: an object would put keys like "1" before the checksum.
  const note = ([key, value]: [string, string]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  const parts = [`"__metadata__":{${[...notes].map(note).join(",")}}`];
  const names = new Set(["__metadata__"]);
  let end = 0;
  for (const [name, { dtype, shape, data }] of list) {
    if (names.has(name)) throw new InputError(`A safetensors file cannot hold two tensors named "${name}".`);
    if (!(data instanceof arrays[dtype]) || product(shape) !== data.length) {
      throw new InputError(
        `Tensor "${name}" claims ${dtype} [${shape.join(", ")}] but holds ${data.length} values of ${data.constructor.name}.`,
      );
    }
    names.add(name);
    const begin = end;
    end += data.byteLength;
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
  }
  const header = new TextEncoder().encode(`{${parts.join(",")}}`);
  const headerEnd = 8 + Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(headerEnd + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerEnd - 8), true);
  bytes.fill(0x20, 8, headerEnd);
  bytes.set(header, 8);
  let at = headerEnd;
  for (const [, { data }] of list) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  const digits = 8 + `{"__metadata__":{${crcPattern}`.length;
  bytes.set(new TextEncoder().encode(hex8(fileCrc(bytes, digits))), digits);
  return bytes;
}
