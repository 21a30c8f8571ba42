import { InputError } from "../errors.js";
import { crc32 } from "./crc32.js";
import { deflate, deflateRatio, inflate } from "./inflate.js";

/** An image of bytes, channels-last: data[(y * width + x) * channels + c]. */
export interface Image {
  width: number;
  height: number;
  channels: 1 | 3;
  data: Uint8Array;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const largestSide = 8192;
const largestArea = 2 ** 24;

/** Channels in the file and legal bit depths by colour type (PNG specification, table 11.1). */
const colours: Record<number, { channels: number; depths: number[] }> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};

/** A pass over the picture: every dx-th pixel from x, every dy-th row from y. */
interface Pass {
  x: number;
  y: number;
  dx: number;
  dy: number;
}

const wholePicture: Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];
const adam7: Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

interface Png {
  width: number;
  height: number;
  depth: number;
  colour: number;
  /** samples a pixel in the file */
  samples: number;
  passes: { pass: Pass; columns: number; rows: number; rowBytes: number }[];
  palette: Uint8Array;
  transparency: Uint8Array;
  packed: Uint8Array;
}

/** Whether the bytes begin like a PNG. */
export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

/** Reads the chunks. Everything that could take memory or time out of proportion is refused here, before any pixel:
 * sides, area, depth and colour, chunks beyond the file, wrong checksums, data too short for the sides. */
function readChunks(bytes: Uint8Array, fail: (what: string) => never): Png {
  if (!isPng(bytes)) fail("is not a PNG file: name a PNG, or convert it to one.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49484452) {
    fail("has no PNG header: it is truncated or damaged, save it again.");
  }
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const [depth, colour, compression, filter, interlace] = bytes.subarray(24, 29) as unknown as number[];
  const parts = new Map<string, Uint8Array[]>();
  for (let at = 8; !parts.has("IEND"); ) {
    const length = at + 12 > bytes.length ? Infinity : view.getUint32(at);
    if (at + 12 + length > bytes.length) fail("is a truncated PNG: save it again.");
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (view.getUint32(end) !== crc32(bytes.subarray(at + 4, end))) {
      fail(`is a damaged PNG (the checksum of its ${JSON.stringify(type)} part differs): save it again.`);
    }
    if (at === 8) {
      if (!(width >= 1 && height >= 1 && Math.max(width, height) <= largestSide && width * height <= largestArea)) {
        fail(
          `is ${width} x ${height}: sides go from 1 to ${largestSide} and the area to ${largestArea} pixels; scale it down.`,
        );
      }
      const legal = colours[colour as number]?.depths.includes(depth as number);
      if (!legal || compression !== 0 || filter !== 0 || (interlace as number) > 1) {
        fail(`has a header that no PNG may have (depth ${depth}, colour type ${colour}): save it again.`);
      }
    }
    const known = ["IHDR", "PLTE", "IDAT", "IEND", "tRNS"].includes(type);
    // Capital first letter: the picture cannot be understood without it.
    if (!known && ((bytes[at + 4] as number) & 32) === 0) fail("has a part that no PNG reader knows: save it again.");
    if (known) {
      const list = parts.get(type) ?? [];
      if (list.length > 0 && type !== "IDAT") fail(`is a damaged PNG (${type} twice): save it again.`);
      list.push(bytes.subarray(at + 8, end));
      parts.set(type, list);
    }
    at = end + 4;
  }
  const samples = colours[colour as number]?.channels as number;
  const passes = (interlace === 1 ? adam7 : wholePicture)
    .map((pass) => {
      const columns = Math.ceil((width - pass.x) / pass.dx);
      const rows = Math.ceil((height - pass.y) / pass.dy);
      return { pass, columns, rows, rowBytes: Math.ceil((columns * samples * (depth as number)) / 8) };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
  const palette = parts.get("PLTE")?.[0] ?? new Uint8Array(0);
  if (palette.length > 768 || palette.length % 3 !== 0 || (colour === 3 && palette.length === 0)) {
    fail("has a damaged PNG palette: save it again.");
  }
  const transparency = parts.get("tRNS")?.[0] ?? new Uint8Array(0);
  const packed = join(parts.get("IDAT") ?? []);
  return {
    width,
    height,
    depth: depth as number,
    colour: colour as number,
    samples,
    passes,
    palette,
    transparency,
    packed,
  };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Undoes a row's filter in place (PNG specification, 9.2); `above` is the row before, zeros for the first. */
function unfilter(kind: number, row: Uint8Array, above: Uint8Array, step: number): boolean {
  if (kind > 4) return false;
  for (let i = 0; kind > 0 && i < row.length; i++) {
    const a = i >= step ? (row[i - step] as number) : 0;
    const b = above[i] as number;
    let guess = kind === 1 ? a : kind === 2 ? b : (a + b) >> 1;
    if (kind === 4) {
      const c = i >= step ? (above[i - step] as number) : 0;
      const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
      guess = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
    row[i] = (row[i] as number) + guess;
  }
  return true;
}

/** Sample `i` of a row at its full depth. */
function sampleAt(row: Uint8Array, i: number, depth: number): number {
  if (depth === 8) return row[i] as number;
  if (depth === 16) return ((row[2 * i] as number) << 8) | (row[2 * i + 1] as number);
  const bit = i * depth;
  return ((row[bit >> 3] as number) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

/** Writes one pixel of `row` to data[at...]: scaled to bytes and laid over black. False where a colour is not in the palette. */
function writePixel(png: Png, row: Uint8Array, x: number, data: Uint8Array, at: number): boolean {
  const { depth, colour, samples, palette, transparency } = png;
  const first = x * samples;
  if (colour === 3) {
    const index = sampleAt(row, first, depth);
    if (index * 3 >= palette.length) return false;
    const alpha = transparency[index] ?? 255;
    for (let c = 0; c < 3; c++) data[at + c] = Math.round(((palette[index * 3 + c] as number) * alpha) / 255);
    return true;
  }
  const most = 2 ** depth - 1;
  const channels = colour === 0 || colour === 4 ? 1 : 3;
  let alpha = 1;
  if (colour >= 4) alpha = sampleAt(row, first + channels, depth) / most;
  else if (transparency.length === 2 * channels) {
    // One colour of the file counts as transparent.
    let same = true;
    for (let c = 0; c < channels; c++) same &&= sampleAt(row, first + c, depth) === sampleAt(transparency, c, 16);
    if (same) alpha = 0;
  }
  for (let c = 0; c < channels; c++) data[at + c] = Math.round((sampleAt(row, first + c, depth) * 255 * alpha) / most);
  return true;
}

/** Decodes a PNG of any legal kind to bytes, in browsers and Node alike: grey types give 1 channel, colour and palette
 * 3. Transparency is laid over black, so that a transparent pixel is 0; gamma and profiles are not applied.
 * Throws InputError on anything that is no sound PNG of at most 8192 a side and 16 M pixels. */
export async function decodePng(bytes: Uint8Array, where: string): Promise<Image> {
  const fail = (what: string): never => {
    throw new InputError(`${where} ${what}`);
  };
  const png = readChunks(bytes, fail);
  const { width, height, depth, colour, samples, passes } = png;
  const size = passes.reduce((total, { rows, rowBytes }) => total + rows * (rowBytes + 1), 0);
  if (png.packed.length * deflateRatio < size) {
    fail(
      `claims ${width} x ${height} pixels but holds ${png.packed.length} packed bytes: it is truncated, save it again.`,
    );
  }
  const raw = await inflate(png.packed, "deflate", size);
  if (typeof raw === "string") return fail("is a damaged PNG (its pixels do not unpack to its size): save it again.");
  const channels = colour === 0 || colour === 4 ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  const step = Math.max(1, (samples * depth) / 8);
  let at = 0;
  for (const { pass, columns, rows, rowBytes } of passes) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let r = 0; r < rows; r++) {
      const row = raw.subarray(at + 1, at + 1 + rowBytes);
      if (!unfilter(raw[at] as number, row, above, step)) fail("is a damaged PNG (unknown row filter): save it again.");
      const start = (pass.y + r * pass.dy) * width + pass.x;
      for (let x = 0; x < columns; x++) {
        if (!writePixel(png, row, x, data, (start + x * pass.dx) * channels)) {
          fail("is a damaged PNG (a colour outside its palette): save it again.");
        }
      }
      above = row;
      at += rowBytes + 1;
    }
  }
  return { width, height, channels, data };
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + content.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, content.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(content, 8);
  view.setUint32(8 + content.length, crc32(out.subarray(4, 8 + content.length)));
  return out;
}

/** A PNG file of an image, 8 bits a channel, grey or RGB, in browsers and Node alike. Throws InputError where the sides
 * and the data disagree. */
export async function encodePng({ width, height, channels, data }: Image): Promise<Uint8Array> {
  if (!(width >= 1 && height >= 1) || data.length !== width * height * channels) {
    throw new InputError(`A PNG of ${width} x ${height} x ${channels} cannot hold ${data.length} bytes.`);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  const rowBytes = width * channels;
  const raw = new Uint8Array((rowBytes + 1) * height);
  for (let y = 0; y < height; y++) {
    const at = y * (rowBytes + 1);
    // Filter "up": the difference to the row above packs well for pictures with flat ground.
    raw[at] = 2;
    for (let i = 0; i < rowBytes; i++) {
      const here = y * rowBytes + i;
      raw[at + 1 + i] = (data[here] as number) - (y > 0 ? (data[here - rowBytes] as number) : 0);
    }
  }
  return join([signature, chunk("IHDR", header), chunk("IDAT", await deflate(raw)), chunk("IEND", new Uint8Array(0))]);
}
