import { InputError } from "../errors.js";

export type Json = string | number | boolean | null | Json[] | Map<string, Json>;

const escapes: Record<string, string> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Strict JSON (RFC 8259) for headers that strangers wrote: objects become Maps, a key twice (also by an escape) is
 * refused, and so are lone surrogates and nesting beyond `maxDepth`. Throws InputError with the place. */
export function parseStrictJson(text: string, { where, maxDepth }: { where: string; maxDepth: number }): Json {
  let at = 0;
  const fail = (what: string): never => {
    throw new InputError(`${where} has a damaged header: ${what} at character ${at}. Fetch or save it again.`);
  };
  const skip = () => {
    for (let c = text.charCodeAt(at); c === 32 || c === 10 || c === 13 || c === 9; c = text.charCodeAt(at)) at++;
  };
  const take = (mark: string) => {
    skip();
    if (text[at] !== mark) fail(`"${mark}" expected`);
    at++;
  };

  function string(): string {
    take('"');
    let out = "";
    let start = at;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === 0x22) break;
      if (!(c >= 0x20)) fail("unfinished string");
      if (c !== 0x5c) {
        at++;
        continue;
      }
      out += text.slice(start, at);
      const letter = text[at + 1] ?? "";
      if (letter === "u") {
        const hex = text.slice(at + 2, at + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) fail("bad escape");
        out += String.fromCharCode(Number.parseInt(hex, 16));
        at += 6;
      } else {
        if (!Object.hasOwn(escapes, letter)) fail("bad escape");
        out += escapes[letter];
        at += 2;
      }
      start = at;
    }
    out += text.slice(start, at);
    at++;
    if (/[\ud800-\udfff]/.test(out) && !wellFormed(out)) fail("half a surrogate pair");
    return out;
  }

  function object(depth: number): Map<string, Json> {
    take("{");
    const map = new Map<string, Json>();
    skip();
    if (text[at] === "}") {
      at++;
      return map;
    }
    for (;;) {
      skip();
      const key = string();
      if (map.has(key)) fail(`key ${JSON.stringify(key.slice(0, 100))} given twice`);
      take(":");
      map.set(key, value(depth + 1));
      skip();
      if (text[at] === "}") break;
      take(",");
    }
    at++;
    return map;
  }

  function array(depth: number): Json[] {
    take("[");
    const list: Json[] = [];
    skip();
    if (text[at] === "]") {
      at++;
      return list;
    }
    for (;;) {
      list.push(value(depth + 1));
      skip();
      if (text[at] === "]") break;
      take(",");
    }
    at++;
    return list;
  }

  const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
  function value(depth: number): Json {
    skip();
    const c = text[at];
    if (c === '"') return string();
    if (c === "{" || c === "[") {
      if (depth > maxDepth) fail(`nesting deeper than ${maxDepth}`);
      return c === "{" ? object(depth) : array(depth);
    }
    scalar.lastIndex = at;
    const found = scalar.exec(text) ?? fail("a value expected");
    at = scalar.lastIndex;
    const word = found[0];
    if (word === "null") return null;
    return word === "true" || word === "false" ? word === "true" : Number(word);
  }

  const result = value(1);
  skip();
  if (at !== text.length) fail("more than one value");
  return result;
}

function wellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}
