// A picture's kind and sides from its first bytes, before anything unpacks it.

export type PictureKind = "png" | "jpeg" | "gif" | "webp" | "bmp";

export interface Found {
  readonly kind?: PictureKind;
  /** Missing where the header breaks off. */
  readonly width?: number;
  readonly height?: number;
}

const begins = (bytes: Uint8Array, text: string, at = 0): boolean =>
  [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));

/** @param bytes the beginning of a file: of a JPEG all that stands before its picture */
export function pictureSize(bytes: Uint8Array): Found {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (begins(bytes, "\x89PNG\r\n\x1a\n"))
      return { kind: "png", ...(bytes.length >= 24 && { width: view.getUint32(16), height: view.getUint32(20) }) };
    if (begins(bytes, "GIF8")) return { kind: "gif", width: view.getUint16(6, true), height: view.getUint16(8, true) };
    if (begins(bytes, "BM") && bytes.length >= 26)
      return { kind: "bmp", width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
    if (begins(bytes, "RIFF") && begins(bytes, "WEBP", 8)) return { kind: "webp", ...webpSize(bytes, view) };
    if (begins(bytes, "\xff\xd8\xff")) return { kind: "jpeg", ...jpegSize(view) };
  } catch (error) {
    // The header breaks off: the kind is known by its first letters.
    if (error instanceof RangeError) return begins(bytes, "GIF8") ? { kind: "gif" } : { kind: "webp" };
    throw error;
  }
  return {};
}

function webpSize(bytes: Uint8Array, view: DataView): Omit<Found, "kind"> {
  const side = (at: number): number => 1 + view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  if (begins(bytes, "VP8X", 12)) return { width: side(24), height: side(27) };
  if (begins(bytes, "VP8L", 12)) {
    const bits = view.getUint32(21, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

/** Walks from segment to segment to the one that tells of the frame. */
function jpegSize(view: DataView): Omit<Found, "kind"> {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return {};
    const marker = view.getUint8(at + 1);
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return {};
}
