import { phrases } from "./phrases.mjs";

/** The text of a shader from what the page build's pack() (src/wgsl-pack.mjs) made of it; WGSL as it stands on disk is left as it is.
 * `?a` is a phrase. In `#4|c0'1=a.x'1;#` the piece behind the bar stands four times: 0 counts up by 1, and x goes on to w.
 * `$4|...0"8...$` goes around such runs. */
export const unpack = (text: string): string =>
  text
    .replace(/\?([a-z])/g, (_, letter) => phrases[letter.charCodeAt(0) - 97])
    .replace(/\$(\d+)\|([^$]*)\$/g, (_, n, piece) => repeat(n, piece, /(\d+|[xyzw])"(-?\d+)/g))
    .replace(/#(\d+)\|([^#]*)#/g, (_, n, piece) => repeat(n, piece, /(\d+|[xyzw])'(-?\d+)/g));

const components = "xyzw";

const repeat = (n: string, piece: string, counting: RegExp): string =>
  Array.from({ length: Number(n) }, (_, i) =>
    piece.replace(counting, (_, from, by) => {
      const component = components.indexOf(from);
      return component < 0 ? String(Number(from) + i * Number(by)) : components[component + i * Number(by)];
    }),
  ).join("");
