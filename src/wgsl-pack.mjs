import { phrases } from "./gpu/phrases.mjs";

// Shaders as pages get them: no comments, no idle spaces, short names, repeats written once.
/** A comment, the fields of a struct, or a name that is no member and no attribute. */
const kept = /\/\/.*|\bstruct \w+\{[^}]*\}|(?<![\w.@])([A-Za-z_]\w*)/g;
const code = (text) => text.replace(/\/\/.*/g, "");

/** WGSL without its comments (but for the grid) and idle spaces. Lines stay where they are: an error's line is the file's. */
export function bareWgsl(text) {
  const short = (line) => {
    const grid = /^\/\/ grid:\s*(.*?)(\s{2,}.*)?$/.exec(line);
    if (grid) return `// grid: ${grid[1]}`;
    return line
      .replace(/\/\/.*/, "")
      .trim()
      .replace(/\s+/g, " ")
      .replace(/ ?([,;:(){}[\]]) ?/g, "$1")
      .replace(/ ?([-+*/%=<>&|^!]+) ?(?![-+&])/g, "$1");
  };
  return `${text.split("\n").map(short).join("\n").trimEnd()}\n`;
}

/** What a bare text declares: functions, names within functions, names at its top. */
function declared(text) {
  const [functions, locals, tops] = [new Set(), new Set(), new Set()];
  for (const [, name, parameters] of code(text).matchAll(/\bfn (\w+)\(([^{]*)/g)) {
    if (name !== "main") functions.add(name);
    for (const [, parameter] of parameters.matchAll(/(\w+):/g)) locals.add(parameter);
  }
  let depth = 0;
  for (const [found, name] of code(text).matchAll(/[{}]|\b(?:let|var|const|override|alias|struct)(?:<[^>]*>)? ?(\w+)/g))
    if (name === undefined) depth += found === "{" ? 1 : -1;
    else (depth > 0 ? locals : tops).add(name);
  return { functions, locals, tops };
}

/** No keyword of WGSL, reserved or not, looks like the longer of these. */
function* letters() {
  const low = "abcdefghijklmnopqrstuvwxyz";
  const high = low.toUpperCase();
  yield* low + high;
  for (const a of low) for (const b of high) yield a + b;
}

/** The libraries that a text asks for. */
export const usesOf = (text) =>
  [...text.matchAll(/^\/\/ use:(.*)$/gm)].flatMap((m) => m[1].split(",").map((use) => use.trim()));

/** Makes the shortener of a set of shaders. A name of a function, or within one, is the same short name in all of them, which
 * serves libraries and gzip; names that no program holds both may share one. Bindings, sizes, overrides, constants and members keep
 * theirs: TypeScript reads those.
 * @param shaders every shader and library as on disk, by name: `lib/math` */
export function shortener(shaders) {
  const files = [...shaders.keys()];
  const bare = new Map([...shaders].map(([file, text]) => [file, bareWgsl(text)]));
  const functions = new Set(files.flatMap((file) => [...declared(bare.get(file)).functions]));
  const renames = (text) => {
    const { locals, tops } = declared(text);
    // A name such as best15 counts, and folds.
    return (name) =>
      name.length > 2 && !/\d$/.test(name) && (locals.has(name) || functions.has(name)) && !tops.has(name);
  };
  const programs = files.map((file) => {
    const parts = [file];
    for (const part of parts) for (const use of usesOf(shaders.get(part))) if (!parts.includes(use)) parts.push(use);
    return parts;
  });
  /** What may stand in one program with a file. */
  const beside = new Map(files.map((file) => [file, programs.filter((program) => program.includes(file)).flat()]));
  const taken = new Map(files.map((file) => [file, new Set()]));
  const found = new Map();
  for (const [file, text] of bare) {
    const renamed = renames(text);
    for (const [, name] of text.matchAll(kept)) {
      if (name === undefined) continue;
      if (!renamed(name)) taken.get(file).add(name);
      else found.set(name, [...(found.get(name) ?? []), file]);
    }
  }
  const names = new Map();
  for (const [name, places] of [...found].sort((a, b) => b[1].length - a[1].length)) {
    const area = new Set([...new Set(places)].flatMap((file) => beside.get(file)));
    for (const letter of letters())
      if (![...area].some((file) => taken.get(file).has(letter))) {
        names.set(name, letter);
        for (const file of area) taken.get(file).add(letter);
        break;
      }
  }
  return (text) => {
    const short = bareWgsl(text);
    const renamed = renames(short);
    return short.replace(kept, (whole, name) =>
      name !== undefined && renamed(name) ? (names.get(name) ?? name) : whole,
    );
  };
}

const components = "xyzw";
const longest = 240;
const least = 12;

/** Writes phrases as a sign each, and runs of equal pieces whose whole numbers count evenly once; unpack() of src/gpu/unpack.ts is
 * the way back, and says how they look. */
export function pack(text) {
  const twice = folded(folded(text, "#", "'"), "$", '"');
  return phrases.reduce((out, phrase, i) => out.replaceAll(phrase, `?${String.fromCharCode(97 + i)}`), twice);
}

function folded(text, fence, tick) {
  const pieces = text.match(/\d*\.\d+|\d+\.|0x[0-9a-f]+|\d+|\.[xyzw]\b|[^\d]/g) ?? [];
  /** What counts: whole numbers, and the components of a vector. */
  const counts = pieces.map((piece) =>
    /^(0|[1-9]\d*)$/.test(piece) ? Number(piece) : piece.length === 2 ? components.indexOf(piece[1]) : -1,
  );
  const counted = (like, value) => (like[0] === "." ? `.${components[value]}` : String(value));
  const length = (from, to) => pieces.slice(from, to).join("").length;
  /** How far each piece of the run at `i` moves from one repeat to the next, or nothing. */
  const strides = (i, p) => {
    const out = [];
    for (let k = i; k < i + p; k++)
      if (pieces[k] === pieces[k + p]) out.push(0);
      else if (counts[k] >= 0 && counts[k + p] >= 0) out.push(counts[k + p] - counts[k]);
      else return undefined;
    return out;
  };
  const repeats = (i, p, stride) => {
    const is = (k, n) => {
      const at = pieces[i + n * p + k];
      return stride[k] === 0 ? at === pieces[i + k] : at === counted(pieces[i + k], counts[i + k] + n * stride[k]);
    };
    for (let n = 1; ; n++) if (i + (n + 1) * p > pieces.length || !stride.every((_, k) => is(k, n))) return n;
  };
  let out = "";
  for (let i = 0; i < pieces.length; ) {
    let best = { gain: least - 1 };
    for (let p = 3; p <= longest && i + 2 * p <= pieces.length; p++) {
      const stride = strides(i, p);
      if (!stride) continue;
      const n = repeats(i, p, stride);
      if (n < 2) continue;
      const gain = length(i, i + n * p) - length(i, i + p) - 4 - 2 * stride.filter(Boolean).length;
      if (gain > best.gain) best = { gain, p, n, stride };
    }
    const { p, n, stride } = best;
    if (p === undefined) out += pieces[i++];
    else {
      const once = stride.map((by, k) => (by === 0 ? pieces[i + k] : pieces[i + k] + tick + by));
      out += `${fence}${n}|${once.join("")}${fence}`;
      i += n * p;
    }
  }
  return out;
}
