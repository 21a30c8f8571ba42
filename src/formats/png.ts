import { PNG } from "pngjs";
import { InputError } from "../errors.js";
import { crc32 } from "./crc32.js";
import { deflateRatio } from "./gzip.js";

/** An image of bytes, channels-last: data[(y * width + x) * channels + c]. */
export interface Image {
  width: number;
  height: number;
  channels: 1 | 3;
  data: Uint8Array;
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
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

/** Whether the bytes begin like a PNG. */
export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

/** Everything that could make the decoder take memory or time out of proportion is refused here, before it runs:
 * sides, area, depth and colour, chunks beyond the file, a palette of any length, and data too short for the sides. */
function checkPng(bytes: Uint8Array, where: string): { colour: number } {
  const fail = (what: string): never => {
    throw new InputError(`${where} ${what}`);
  };
  if (!isPng(bytes)) fail("is not a PNG file: name a PNG, or convert it to one.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49484452) {
    fail("has no PNG header: it is truncated or damaged, save it again.");
  }
  if (view.getUint32(29) !== crc32(bytes.subarray(12, 29))) {
    fail("has a damaged PNG header (its checksum differs): save it again.");
  }
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const [depth, colour, compression, filter, interlace] = bytes.subarray(24, 29) as unknown as number[];
  if (width < 1 || height < 1 || width > largestSide || height > largestSide || width * height > largestArea) {
    fail(
      `is ${width} x ${height}: sides go from 1 to ${largestSide} and the area to ${largestArea} pixels; scale it down.`,
    );
  }
  const kind = colours[colour as number];
  if (!kind?.depths.includes(depth as number) || compression !== 0 || filter !== 0 || (interlace as number) > 1) {
    fail(`has a PNG header that no PNG may have (depth ${depth}, colour type ${colour}): save it again.`);
  }
  // The decoder inflates interlaced files without a cap.
  if (interlace === 1) fail("is interlaced: save it without interlacing (Adam7).");
  let packed = 0;
  let palettes = 0;
  let ended = false;
  for (let at = 33; !ended; ) {
    if (at + 12 > bytes.length) fail("is a truncated PNG: save it again.");
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    if (at + 12 + length > bytes.length) fail("is a truncated PNG: save it again.");
    if (type === 0x49444154) packed += length;
    if (type === 0x504c5445 && (++palettes > 1 || length > 768)) fail("has a damaged PNG palette: save it again.");
    ended = type === 0x49454e44;
    at += 12 + length;
  }
  const unpacked = (Math.ceil((width * (kind?.channels as number) * (depth as number)) / 8) + 1) * height;
  if (packed * deflateRatio < unpacked) {
    fail(
      `claims ${width} x ${height} pixels but holds ${packed} packed bytes: it is truncated or damaged, save it again.`,
    );
  }
  return { colour: colour as number };
}

/** Decodes a PNG of any legal depth to bytes: grey types give 1 channel, colour and palette 3. Transparency is laid over
 * black, so that a transparent pixel is 0. Needs Node (pngjs works on Buffer); pages decode through createImageBitmap.
 * Throws InputError on anything that is no sound, non-interlaced PNG of at most 8192 a side and 16 M pixels. */
export function decodePng(bytes: Uint8Array, where: string): Image {
  const { colour } = checkPng(bytes, where);
  let png: { width: number; height: number; data: Uint8Array };
  try {
    // Only the synchronous decoder: the other one throws where nobody can catch.
    png = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    throw new InputError(`${where} is a damaged PNG: save it again.`);
  }
  const { width, height, data: rgba } = png;
  const channels = colour === 0 || colour === 4 ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = rgba[pixel * 4 + 3] as number;
    for (let c = 0; c < channels; c++) {
      data[pixel * channels + c] = Math.round(((rgba[pixel * 4 + c] as number) * alpha) / 255);
    }
  }
  return { width, height, channels, data };
}

/** A PNG file of an image, 8 bits a channel, grey or RGB. Throws InputError where the sides and the data disagree. */
export function encodePng({ width, height, channels, data }: Image): Uint8Array {
  if (!(width >= 1 && height >= 1) || data.length !== width * height * channels) {
    throw new InputError(`A PNG of ${width} x ${height} x ${channels} cannot hold ${data.length} bytes.`);
  }
  const colorType = channels === 1 ? 0 : 2;
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const options = { width, height, colorType, inputColorType: colorType, inputHasAlpha: false, bitDepth: 8 } as const;
  return new Uint8Array(PNG.sync.write(png, options));
}
