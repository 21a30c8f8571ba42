import { InputError } from "../errors.js";

/** The element types that are read, by NumPy's own names (little-endian). */
const dtypes = {
  "|u1": Uint8Array,
  "|i1": Int8Array,
  "|b1": Uint8Array,
  "<u2": Uint16Array,
  "<i2": Int16Array,
  "<u4": Uint32Array,
  "<i4": Int32Array,
  "<u8": BigUint64Array,
  "<i8": BigInt64Array,
  "<f4": Float32Array,
  "<f8": Float64Array,
} as const;

export type NpyDtype = keyof typeof dtypes;
export type NpyData = InstanceType<(typeof dtypes)[NpyDtype]>;

/** A NumPy array: `data` in row-major (C) order, product of `shape` elements. "|b1" is 0 or 1 a byte. */
export interface NpyArray {
  dtype: NpyDtype;
  shape: number[];
  data: NpyData;
}

/** The types that are written. */
export type NpyWritable = Float32Array | Uint32Array | Int32Array | Uint8Array;
export type NpyWritableDtype = "<f4" | "<u4" | "<i4" | "|u1";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const headerCap = 65536;

/** Whether the bytes begin like a .npy file. */
export function isNpy(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

interface Header {
  descr: string;
  fortran: boolean;
  shape: number[];
}

/** Reads the header's Python dictionary by its grammar: three known keys, a string, a truth value, a tuple of integers. */
function parseHeader(text: string, where: string): Header {
  const token = /[ \n]*(?:([{}(),:])|'([^'\\\n]*)'|"([^"\\\n]*)"|(True|False)|(\d{1,15})(?!\d))/y;
  const fail = (): never => {
    throw new InputError(
      `${where} has a header that is no .npy header (near character ${token.lastIndex}): save it again with numpy.save.`,
    );
  };
  const next = () => token.exec(text) ?? fail();
  const expect = (mark: string) => next()[1] === mark || fail();
  const shape: number[] = [];
  const found = new Map<string, string>();
  expect("{");
  for (let t = next(); t[1] !== "}"; t = next()) {
    const key = t[2] ?? t[3] ?? fail();
    if (found.has(key)) fail();
    expect(":");
    const value = next();
    if (key === "descr") found.set(key, value[2] ?? value[3] ?? fail());
    else if (key === "fortran_order") found.set(key, value[4] ?? fail());
    else if (key === "shape" && value[1] === "(") {
      found.set(key, "");
      for (let n = next(); n[1] !== ")"; n = next()) {
        shape.push(Number(n[5] ?? fail()));
        // "(3)" is a number in Python: one element needs its comma.
        const mark = next()[1];
        if (mark === ")" && shape.length > 1) break;
        if (mark !== ",") fail();
      }
    } else fail();
    const mark = next()[1];
    if (mark === "}") break;
    if (mark !== ",") fail();
  }
  if (found.size !== 3 || text.slice(token.lastIndex).trim() !== "") fail();
  return { descr: found.get("descr") as string, fortran: found.get("fortran_order") === "True", shape };
}

/** Column-major to row-major. */
function transpose<T extends NpyData>(data: T, shape: number[]): T {
  const out = data.slice() as T;
  const index = shape.map(() => 0);
  const strides = shape.map((_, d) => shape.slice(0, d).reduce((product, n) => product * n, 1));
  let from = 0;
  for (let i = 0; i < data.length; i++) {
    out[i] = data[from] as number & bigint;
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      from += strides[d] as number;
      if ((index[d] as number) < (shape[d] as number)) break;
      from -= (strides[d] as number) * (shape[d] as number);
      index[d] = 0;
    }
  }
  return out;
}

/** Reads a .npy file, versions 1 to 3. `data` is a view of the input where it is aligned, else a copy; an array in
 * Fortran order is transposed. Throws InputError on another dtype (objects, strings, big-endian), a header that does
 * not match the file's length, or anything that is no .npy file. */
export function parseNpy(bytes: Uint8Array, where: string): NpyArray {
  const version = bytes[6] as number;
  if (!isNpy(bytes) || bytes.length < 12 || version < 1 || version > 3) {
    throw new InputError(`${where} is not a .npy file of version 1 to 3: save it again with numpy.save.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = (version === 1 ? 10 : 12) + length;
  if (length > headerCap || start > bytes.length) {
    throw new InputError(
      `${where} claims a header of ${length} bytes: it is truncated or no .npy file, save it again.`,
    );
  }
  const text = new TextDecoder().decode(bytes.subarray(start - length, start));
  const { descr, fortran, shape } = parseHeader(text, where);
  const dtype = descr.replace(/^[<=](?=[uib]1$)/, "|") as NpyDtype;
  if (!Object.hasOwn(dtypes, dtype)) {
    throw new InputError(
      `${where} holds dtype "${descr}", which is not read: save it with .astype("float32") or .astype("uint8").`,
    );
  }
  const kind = dtypes[dtype];
  const count = shape.reduce((product, n) => product * n, 1);
  const remaining = bytes.length - start;
  if (shape.length > 32 || count * kind.BYTES_PER_ELEMENT !== remaining) {
    throw new InputError(
      `${where} claims shape (${shape.join(", ")}) of ${descr} but holds ${remaining} bytes: it is truncated or damaged, save it again.`,
    );
  }
  const offset = bytes.byteOffset + start;
  const data =
    offset % kind.BYTES_PER_ELEMENT === 0
      ? new kind(bytes.buffer as ArrayBuffer, offset, count)
      : // No slice: that of a Buffer is a view.
        new kind(new Uint8Array(bytes.subarray(start)).buffer);
  return { dtype, shape, data: fortran && shape.length > 1 ? transpose(data, shape) : data };
}

/** The bytes before the values: version 1, C order, padded so that the values begin 64-aligned. */
export function npyHeader(dtype: NpyWritableDtype, shape: readonly number[]): Uint8Array {
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new InputError(`A .npy shape is made of whole numbers from 0, got (${shape.join(", ")}).`);
  }
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const dictionary = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const total = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const out = new Uint8Array(total).fill(0x20);
  out.set(magic);
  out.set([1, 0, (total - 10) & 255, (total - 10) >> 8], 6);
  out.set(new TextEncoder().encode(dictionary), 10);
  out[total - 1] = 0x0a;
  return out;
}

function dtypeOf(data: NpyWritable): NpyWritableDtype {
  if (data instanceof Float32Array) return "<f4";
  if (data instanceof Uint32Array) return "<u4";
  return data instanceof Int32Array ? "<i4" : "|u1";
}

const bytesOf = (data: NpyWritable) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A whole .npy file. Throws InputError where the shape and the number of values differ. */
export function encodeNpy(shape: readonly number[], data: NpyWritable): Uint8Array {
  const header = npyHeader(dtypeOf(data), shape);
  if (shape.reduce((product, n) => product * n, 1) !== data.length) {
    throw new InputError(`A .npy of shape (${shape.join(", ")}) cannot hold ${data.length} values.`);
  }
  const out = new Uint8Array(header.length + data.byteLength);
  out.set(header);
  out.set(bytesOf(data), header.length);
  return out;
}

/** A .npy file written row by row: the bytes of `header`, then of each `rows(values)` in turn, then `finish()`, which
 * throws where more or fewer rows came than the header promised. */
export class NpyRows {
  readonly header: Uint8Array;
  private left: number;
  constructor(
    readonly dtype: NpyWritableDtype,
    readonly shape: readonly number[],
  ) {
    this.header = npyHeader(dtype, shape);
    this.left = shape.reduce((product, n) => product * n, 1);
  }
  /** The bytes of any number of whole rows; a view of `values`. */
  rows(values: NpyWritable): Uint8Array {
    if (dtypeOf(values) !== this.dtype) {
      throw new InputError(`A .npy of ${this.dtype} cannot take rows of ${dtypeOf(values)}.`);
    }
    if (values.length > this.left)
      throw new InputError(`A .npy of shape (${this.shape.join(", ")}) got too many rows.`);
    this.left -= values.length;
    return bytesOf(values);
  }
  finish(): void {
    if (this.left !== 0) {
      throw new InputError(`A .npy of shape (${this.shape.join(", ")}) ended ${this.left} values short.`);
    }
  }
}
