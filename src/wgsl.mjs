// What the builds make of shaders. The declarations are in wgsl.d.ts.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { pack, shortener, usesOf } from "./wgsl-pack.mjs";

const nameIn = (shaders, file) =>
  relative(shaders, file)
    .split(sep)
    .join("/")
    .replace(/\.wgsl$/, "");

const filesIn = (shaders) =>
  readdirSync(shaders, { recursive: true })
    .map((file) => join(shaders, String(file)))
    .filter((file) => file.endsWith(".wgsl"))
    .sort();

/** What pages get of each shader's text, see wgsl-pack.mjs. */
export function pageForm(root) {
  const shaders = join(root, "shaders");
  const short = shortener(new Map(filesIn(shaders).map((file) => [nameIn(shaders, file), readFileSync(file, "utf8")])));
  const made = new Map();
  return (code) => {
    if (!made.has(code)) made.set(code, pack(short(code)));
    return made.get(code);
  };
}

/** Texts in an order that gzip packs well: behind each the one that has most of its pieces in common with those just before. */
function nearby(texts) {
  const pieces = texts.map((text) => new Set(text.split(/[\n;{]/).filter((piece) => piece.length > 3)));
  const length = (set, among = set) => [...set].reduce((sum, piece) => sum + (among.has(piece) ? piece.length : 0), 0);
  const left = new Set(texts.keys());
  const order = [];
  for (let next = 0; next !== undefined; ) {
    order.push(next);
    left.delete(next);
    const window = new Set();
    for (let i = order.length - 1, seen = 0; i >= 0 && seen < 24_000; i--) {
      for (const piece of pieces[order[i]]) window.add(piece);
      seen += texts[order[i]].length;
    }
    const share = (i) => length(pieces[i], window) / length(pieces[i]);
    let best = -1;
    next = undefined;
    for (const i of left) {
      const found = share(i);
      if (found > best) [next, best] = [i, found];
    }
  }
  return order;
}

/** `import k from "….wgsl"` gives a KernelSource, of a library its text; `import all from "shaders:all"` gives every one that is
 * no library; `import "shaders:near"` lays them out for gzip.
 * @param form what is made of each text */
export function wgslPlugin(root, form = (code) => code) {
  const shaders = join(root, "shaders");
  const nameOf = (path) => nameIn(shaders, path);
  const isLibrary = (path) => nameOf(path).startsWith("lib/");
  const read = (path) => readFileSync(path, "utf8");

  /** The libraries that a shader uses, and those that these use, each once. */
  const libraries = (path) => {
    const found = [];
    for (const queue = usesOf(read(path)); queue.length > 0; ) {
      const use = queue.shift();
      const library = join(shaders, `${use}.wgsl`);
      if (found.includes(library)) continue;
      if (!existsSync(library))
        throw new Error(`shaders/${nameOf(path)}.wgsl uses ${use}, but shaders/${use}.wgsl is not there`);
      found.push(library);
      queue.push(...usesOf(read(library)));
    }
    return found;
  };

  const load = (path) => {
    const code = JSON.stringify(form(read(path)));
    if (isLibrary(path)) return `export default ${code};`;
    const used = libraries(path);
    const imports = used.map((library, i) => `import l${i} from ${JSON.stringify(library)};`);
    const uses = used.length > 0 ? `, uses: [${used.map((_, i) => `l${i}`).join(", ")}]` : "";
    return `${imports.join("\n")}\nexport default { name: ${JSON.stringify(nameOf(path))}, code: ${code}${uses} };`;
  };

  const files = () => filesIn(shaders);

  const all = () => {
    const kernels = files().filter((file) => !isLibrary(file));
    const imports = kernels.map((file, i) => `import k${i} from ${JSON.stringify(file)};`);
    return `${imports.join("\n")}\nexport default [${kernels.map((_, i) => `k${i}`).join(", ")}];`;
  };

  const near = () => {
    const every = files();
    const order = nearby(every.map((file) => form(read(file))));
    return order.map((i) => `import ${JSON.stringify(every[i])};`).join("\n");
  };

  return {
    name: "wgsl",
    setup(b) {
      b.onLoad({ filter: /\.wgsl$/ }, ({ path }) => {
        try {
          return { contents: load(path), loader: "js" };
        } catch (error) {
          return { errors: [{ text: error.message }] };
        }
      });
      b.onResolve({ filter: /^shaders:/ }, ({ path }) => ({ path, namespace: "shaders" }));
      b.onLoad({ filter: /.*/, namespace: "shaders" }, ({ path }) => ({
        contents: path === "shaders:near" ? near() : all(),
        loader: "js",
        resolveDir: shaders,
      }));
    },
  };
}
