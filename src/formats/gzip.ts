import { InputError } from "../errors.js";

/** What gunzip refuses to pass when the caller names no cap: 1 GiB. */
export const gunzipCap = 2 ** 30;

/** DEFLATE (RFC 1951) never makes more than 1032 bytes of one. */
export const deflateRatio = 1032;

/** Whether the bytes begin like a gzip file. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The content of a gzip file of one member (RFC 1952), in browsers and Node alike.
 * The size in the trailer is the promise: it must be under `maxBytes` and possible for a file of this length before
 * anything is allocated, and the stream is cancelled at the first byte beyond it. Throws InputError on a truncated or
 * damaged file, on a bomb, and on several members in one file. `where` names the file in messages. */
export async function gunzip(
  bytes: Uint8Array,
  { maxBytes = gunzipCap, where }: { maxBytes?: number; where: string },
): Promise<Uint8Array<ArrayBuffer>> {
  if (!isGzip(bytes) || bytes.length < 18) {
    throw new InputError(`${where} is not a whole gzip file (${bytes.length} bytes): fetch it again.`);
  }
  const declared = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
  if (declared > maxBytes) {
    throw new InputError(
      `${where} unpacks to ${declared} bytes, over the cap of ${maxBytes}: if you trust it, unpack it yourself (gunzip) first.`,
    );
  }
  if (declared > bytes.length * deflateRatio) {
    throw new InputError(`${where} is truncated or damaged gzip: its trailer cannot be true. Fetch it again.`);
  }
  const out = new Uint8Array(declared);
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = source.pipeThrough(new DecompressionStream("gzip")).getReader();
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > declared) {
        // What cancel() itself reports adds nothing: the file is refused either way.
        reader.cancel().catch(() => {});
        throw new InputError(
          `${where} unpacks to more than the ${declared} bytes that its trailer promises: a bomb, or several gzip members in one file; unpack it yourself (gunzip) first.`,
        );
      }
      out.set(value, at);
      at += value.length;
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${where} is truncated or damaged gzip: fetch it again.`);
  }
  if (at !== declared) {
    throw new InputError(`${where} is damaged gzip: it promises ${declared} bytes and holds ${at}. Fetch it again.`);
  }
  return out;
}
