import { phrases } from "./phrases.mjs";

/** The text of a shader from what the page build's pack() (src/wgsl-pack.mjs) made of it; WGSL as it stands on disk is left as it is.
 * `?a` is a phrase. In `#4|c0'1=a;#` the piece behind the bar stands four times, and 0 counts up by 1; `$4|...0"8...$` goes around
 * such runs. */
export const unpack = (text: string): string =>
  text
    .replace(/\?([a-z])/g, (_, letter) => phrases[letter.charCodeAt(0) - 97])
    .replace(/\$(\d+)\|([^$]*)\$/g, (_, n, piece) => repeat(n, piece, /(\d+)"(-?\d+)/g))
    .replace(/#(\d+)\|([^#]*)#/g, (_, n, piece) => repeat(n, piece, /(\d+)'(-?\d+)/g));

const repeat = (n: string, piece: string, counting: RegExp): string =>
  Array.from({ length: Number(n) }, (_, i) =>
    piece.replace(counting, (_, from, by) => String(Number(from) + i * Number(by))),
  ).join("");
