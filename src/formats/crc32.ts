type Table = Uint32Array;
type Tables = readonly [Table, Table, Table, Table, Table, Table, Table, Table];

const tables = makeTables();

function makeTables(): Tables {
  const made = Array.from({ length: 8 }, () => new Uint32Array(256));
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    made[0][i] = c >>> 0;
  }
  for (let k = 1; k < 8; k++)
    for (let i = 0; i < 256; i++) {
      const c = made[k - 1][i];
      made[k][i] = ((c >>> 8) ^ made[0][c & 255]) >>> 0;
    }
  return made as unknown as Tables;
}

/** CRC-32 (IEEE 802.3, the one of PNG and gzip), eight bytes a turn. It catches every flip of up to 32 neighbouring bits.
 * Continues from `crc` (0 to begin): crc32(b, crc32(a)) is the CRC of a followed by b. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  let c = ~crc;
  let i = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const end = bytes.length - 7; i < end; i += 8) {
    const a = c ^ view.getUint32(i, true);
    const b = view.getUint32(i + 4, true);
    c =
      (t7[a & 255] as number) ^
      (t6[(a >>> 8) & 255] as number) ^
      (t5[(a >>> 16) & 255] as number) ^
      (t4[a >>> 24] as number) ^
      (t3[b & 255] as number) ^
      (t2[(b >>> 8) & 255] as number) ^
      (t1[(b >>> 16) & 255] as number) ^
      (t0[b >>> 24] as number);
  }
  for (; i < bytes.length; i++) c = (c >>> 8) ^ (t0[(c ^ (bytes[i] as number)) & 255] as number);
  return ~c >>> 0;
}
