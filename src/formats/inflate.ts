/** DEFLATE (RFC 1951) never makes more than 1032 bytes of one. */
export const deflateRatio = 1032;

/** Unpacks gzip or zlib ("deflate") data to exactly `size` bytes, or says why not. The stream is cancelled at the first
 * byte beyond `size`; a size that the input cannot reach is "shorter" before anything is allocated. */
export async function inflate(
  packed: Uint8Array,
  format: "gzip" | "deflate",
  size: number,
): Promise<Uint8Array<ArrayBuffer> | "damaged" | "longer" | "shorter"> {
  if (size > packed.length * deflateRatio) return "shorter";
  const out = new Uint8Array(size);
  const source = new Blob([packed as Uint8Array<ArrayBuffer>]).stream();
  const reader = source.pipeThrough(new DecompressionStream(format)).getReader();
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return at === size ? out : "shorter";
      if (at + value.length > size) {
        // What cancel() itself reports adds nothing: the data is refused either way.
        reader.cancel().catch(() => {});
        return "longer";
      }
      out.set(value, at);
      at += value.length;
    }
  } catch {
    return "damaged";
  }
}

/** Packs bytes as zlib data ("deflate"). */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const packed = source.pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
