// Bundles the demos: dist/demos/<name>/index.html beside one stylesheet, their scripts, and the library's worker.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { policy } from "./serve.mjs";

/** What a page may say of itself; who may frame it is for the header alone. */
const meta = `<meta http-equiv="Content-Security-Policy" content="${policy.replace(/; frame-ancestors.*$/, "")}">`;

/** Folders of demos that have a page. */
export const demosIn = (root) =>
  readdirSync(join(root, "demos")).filter((name) => existsSync(join(root, "demos", name, "index.html")));

/** The script of a page that holds one run, for `sharedPage`. */
export async function bundleViewer(page) {
  const entryPoints = ["src/share/viewer.ts"];
  const { outputFiles } = await build({ ...page, entryPoints, format: "iife", minify: true, write: false });
  return outputFiles[0].text;
}

/** @param page esbuild's options for a page with everything in it */
export async function bundleDemos(page, root) {
  const out = join(root, "dist/demos");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const names = demosIn(root);
  const scripts = names.map((name) => [name, `demos/${name}/main.ts`]);
  for (const name of names)
    if (existsSync(join(root, `demos/${name}/worker.ts`))) scripts.push([`${name}-worker`, `demos/${name}/worker.ts`]);
  await build({
    ...page,
    minify: true,
    splitting: true,
    chunkNames: "chunk-[hash]",
    entryPoints: { ...Object.fromEntries(scripts), worker: "src/worker.ts" },
    outdir: out,
  });
  writeFileSync(join(out, "viewer.js"), await bundleViewer(page));
  for (const name of names) {
    mkdirSync(join(out, name));
    copyPage(join(root, "demos", name, "index.html"), join(out, name, "index.html"));
  }
  copyPage(join(root, "demos/index.html"), join(out, "index.html"));
  for (const file of ["style.css", "icon.svg"]) copyFileSync(join(root, "demos/common", file), join(out, file));
}

const copyPage = (from, to) =>
  writeFileSync(to, readFileSync(from, "utf8").replace(/<meta charset="utf-8">/, `$&\n    ${meta}`));
