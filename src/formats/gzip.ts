import { InputError } from "../errors.js";
import { deflateRatio, inflate } from "./inflate.js";

/** What gunzip refuses to pass when the caller names no cap: 1 GiB. */
export const gunzipCap = 2 ** 30;

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
  const promised = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
  if (promised > bytes.length * deflateRatio) {
    throw new InputError(`${where} is truncated or damaged gzip: its trailer cannot be true. Fetch it again.`);
  }
  if (promised > maxBytes) {
    throw new InputError(
      `${where} unpacks to ${promised} bytes by its trailer, over the cap of ${maxBytes}: it is truncated (fetch it again) or too large (unpack it yourself first).`,
    );
  }
  const content = await inflate(bytes, "gzip", promised);
  if (content === "longer") {
    throw new InputError(
      `${where} unpacks to more than the ${promised} bytes that its trailer promises: a bomb, or several gzip members in one file; unpack it yourself (gunzip) first.`,
    );
  }
  if (typeof content === "string") throw new InputError(`${where} is truncated or damaged gzip: fetch it again.`);
  return content;
}
