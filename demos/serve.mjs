// A server for this machine alone: files of one folder, with the headers that a page with WebGPU and a strict policy needs.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** Nothing but the page's own files, no inline script or style, no other origin. */
export const policy =
  "default-src 'none'; script-src 'self'; worker-src 'self'; img-src 'self' blob: data:; connect-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const headers = {
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** The file that a path asks for, or nothing: inside the folder, no dot files, `/` is index.html. */
function fileOf(root, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, "http://localhost").pathname);
  } catch {
    return undefined;
  }
  if (path.includes("\0") || path.split("/").some((part) => part.startsWith("."))) return undefined;
  const file = normalize(join(root, path.endsWith("/") ? `${path}index.html` : path));
  if (!file.startsWith(root + sep)) return undefined;
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? file : undefined;
}

/** Serves a folder on 127.0.0.1; port 0 takes a free one.
 * @returns its origin, and how to end it */
export async function serve(root, port = 0) {
  const server = createServer((request, response) => {
    const file = request.method === "GET" || request.method === "HEAD" ? fileOf(root, request.url ?? "/") : undefined;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!file) {
      response.writeHead(404, { "content-type": "text/plain" }).end("There is no such page.\n");
      return;
    }
    response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream");
    if (request.method === "HEAD") response.end();
    else
      createReadStream(file)
        .on("error", () => response.destroy())
        .pipe(response);
  });
  await new Promise((done, fail) => server.once("error", fail).listen(port, "127.0.0.1", done));
  const close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(() => done()));
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}
