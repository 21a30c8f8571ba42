// What the builds make of shaders. The declarations are in wgsl.d.ts.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

const usesOf = (code) => [...code.matchAll(/^\/\/ use:(.*)$/gm)].flatMap((m) => m[1].split(",").map((s) => s.trim()));

/** WGSL without its comments (but for the grid) and idle spaces. Lines stay where they are: an error's line is the file's. */
export function shortWgsl(code) {
  const short = (line) => {
    const grid = /^\/\/ grid:\s*(.*?)(\s{2,}.*)?$/.exec(line);
    if (grid) return `// grid: ${grid[1]}`;
    return line
      .replace(/\/\/.*/, "")
      .trim()
      .replace(/\s+/g, " ")
      .replace(/ ?([,;:(){}[\]]) ?/g, "$1")
      .replace(/([\w)\]]) ([=*+]) (?=[\w(])/g, "$1$2");
  };
  return `${code.split("\n").map(short).join("\n").trimEnd()}\n`;
}

/** `import k from "….wgsl"` gives a KernelSource, of a library its text; `import all from "shaders:all"` gives every one that is
 * no library.
 * @param form what is made of each text */
export function wgslPlugin(root, form = (code) => code) {
  const shaders = join(root, "shaders");
  const nameOf = (path) =>
    relative(shaders, path)
      .split(sep)
      .join("/")
      .replace(/\.wgsl$/, "");
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

  const all = () => {
    const files = readdirSync(shaders, { recursive: true })
      .map((file) => join(shaders, String(file)))
      .filter((file) => file.endsWith(".wgsl") && !isLibrary(file))
      .sort();
    const imports = files.map((file, i) => `import k${i} from ${JSON.stringify(file)};`);
    return `${imports.join("\n")}\nexport default [${files.map((_, i) => `k${i}`).join(", ")}];`;
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
      b.onResolve({ filter: /^shaders:all$/ }, () => ({ path: "all", namespace: "shaders" }));
      b.onLoad({ filter: /.*/, namespace: "shaders" }, () => ({ contents: all(), loader: "js", resolveDir: shaders }));
    },
  };
}
