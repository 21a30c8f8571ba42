import { InputError } from "../errors.js";

/** An IDX array (the format of MNIST): `data` row-major, product of `shape` elements. */
export interface IdxArray {
  type: "u8" | "i8" | "i16" | "i32" | "f32" | "f64";
  shape: number[];
  data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

const types: Record<number, { type: IdxArray["type"]; size: number }> = {
  8: { type: "u8", size: 1 },
  9: { type: "i8", size: 1 },
  11: { type: "i16", size: 2 },
  12: { type: "i32", size: 4 },
  13: { type: "f32", size: 4 },
  14: { type: "f64", size: 8 },
};

const arrays = {
  u8: Uint8Array,
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** Whether the bytes begin like an IDX file: 0, 0, a known type, 1 to 4 dimensions. */
export function isIdx(bytes: Uint8Array): boolean {
  const [a, b, type, dims] = bytes;
  return a === 0 && b === 0 && types[type as number] !== undefined && (dims as number) >= 1 && (dims as number) <= 4;
}

/** Reads an IDX file. Bytes are a view of the input; wider types are copied out of their big-endian order.
 * Throws InputError unless the header and the file's length agree to the byte. */
export function parseIdx(bytes: Uint8Array, where: string): IdxArray {
  if (!isIdx(bytes)) {
    throw new InputError(
      `${where} is not an IDX file: it must begin with 00 00, a known type and 1 to 4 dimensions. Fetch it again or name another file.`,
    );
  }
  const kind = types[bytes[2] as number] as { type: IdxArray["type"]; size: number };
  const dims = bytes[3] as number;
  const start = 4 + 4 * dims;
  if (bytes.length < start) throw new InputError(`${where} ends inside its IDX header: fetch it again.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dims }, (_, i) => view.getUint32(4 + 4 * i));
  // Past 2^53 the product rounds, but it is then far over the limit all the same.
  const count = shape.reduce((product, n) => product * n, 1);
  if (count * kind.size > 2 ** 31) {
    throw new InputError(`${where} claims ${shape.join(" x ")} ${kind.type}, over the limit of 2 GiB: split the file.`);
  }
  const remaining = bytes.length - start;
  if (count * kind.size !== remaining) {
    throw new InputError(
      `${where} claims ${shape.join(" x ")} ${kind.type} (${count * kind.size} bytes) but holds ${remaining} bytes: it is truncated or damaged, fetch it again.`,
    );
  }
  if (kind.type === "u8")
    return {
      type: "u8",
      shape,
      data: new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, remaining),
    };
  // Reversed in a copy (no slice: that of a Buffer is a view): the platforms of WebGPU are little-endian.
  const copy = new Uint8Array(bytes.subarray(start));
  const { size } = kind;
  for (let i = 0; size > 1 && i < copy.length; i += size) copy.subarray(i, i + size).reverse();
  return { type: kind.type, shape, data: new arrays[kind.type](copy.buffer) };
}
