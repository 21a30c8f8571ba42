import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Files below a folder of the repository with one of the endings, sorted. */
export function files(folder: string, ...endings: string[]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((file) => join(folder, String(file)))
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .sort();
}

export interface Import {
  readonly from: string;
  readonly to: string;
  /** `import type`: nothing is left of it at run time. */
  readonly type: boolean;
}

/** What a file imports of the repository's own, as paths of .ts files. */
export function importsOf(file: string, text = readFileSync(file, "utf8")): Import[] {
  const found = [
    ...text.matchAll(/^(?:import|export)\s+(type\s)?[^"';]*?from\s+"(\.[^"]+)";/gm),
    ...text.matchAll(/^import\s+()"(\.[^"]+)";/gm),
    ...text.matchAll(/\bimport\(()"(\.[^"]+)"\)/g),
  ];
  return found
    .filter((m) => m[2].endsWith(".js"))
    .map((m) => ({
      from: file,
      to: normalize(join(dirname(file), m[2])).replace(/\.js$/, ".ts"),
      type: m[1] !== undefined && m[1] !== "",
    }));
}

/** The first circle among imports that are left at run time, as a path of files; nothing where there is none. */
export function circle(imports: readonly Import[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to, type } of imports) if (!type) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const to of next.get(file) ?? []) {
      const found = walk(to, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const found = walk(file, []);
    if (found) return found;
  }
  return undefined;
}

/** Loops of a shader that need not end: other than `for`, bounded by memory or by a variable, or whose counter is not moved by
 * the loop's own update alone. */
export function openLoops(code: string): string[] {
  const text = code.replace(/\/\/[^\n]*/g, "");
  const open = [...text.matchAll(/\b(while|loop)\b/g)].map((m) => `${m[1]} has no bound of its own`);
  for (const m of text.matchAll(/\bfor\s*\(([^;]*);([^;]*);((?:[^()]|\([^()]*\))*)\)\s*\{/g)) {
    const loop = m[0].slice(0, -1).trim();
    const [, init, condition, update] = m;
    const counter = /^\s*var\s+(\w+)\s*=/.exec(init)?.[1];
    const [, left, bound] = /^\s*(\w+)\s*(?:<=?|>=?)\s*(.+)$/.exec(condition) ?? [];
    if (!counter || left !== counter || !new RegExp(`^\\s*${counter}\\s*(\\+\\+|--|[-+*/]=\\s*\\S)`).test(update)) {
      open.push(`${loop} is not a count`);
      continue;
    }
    const names = bound.replace(/\b(sizes|step)\.\w+/g, "").match(/\b[a-zA-Z_]\w*\b/g) ?? [];
    const loose = names.find(
      (name) =>
        new RegExp(`\\bvar(<[^>]*>)?\\s+${name}\\b`).test(text) ||
        new RegExp(`\\blet\\s+${name}\\s*=[^;]*\\[`).test(text),
    );
    if (loose || bound.includes("[")) open.push(`${loop} is bounded by what may change: ${loose ?? bound}`);
    const body = block(text, (m.index as number) + m[0].length - 1);
    if (new RegExp(`\\b${counter}\\s*([-+*/%&|^]?=[^=]|\\+\\+|--)`).test(body))
      open.push(`${loop} moves ${counter} in its body`);
  }
  const counted = [...text.matchAll(/\bfor\s*\(/g)].length;
  const seen = [...text.matchAll(/\bfor\s*\(([^;]*);([^;]*);((?:[^()]|\([^()]*\))*)\)\s*\{/g)].length;
  if (counted !== seen) open.push(`${counted - seen} loops are not written as for (var i = ..; i < ..; ..) { }`);
  return open;
}

/** The text between the brace at `at` and its partner. */
function block(text: string, at: number): string {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return text.slice(at + 1, i);
  }
  return text.slice(at + 1);
}
