import { InputError } from "../errors.js";
import { decodeRun, type RunFiles } from "../train/run-files.js";

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif;--line:light-dark(#d5dbdb,#343d41);--accent:light-dark(#0b6f6a,#4fc9c0)}
*{box-sizing:border-box}body{max-width:960px;margin:0 auto;padding:16px;background:light-dark(#f6f7f7,#14181a);color:light-dark(#1a2123,#e8eded)}
h1{font-size:1.4rem;margin:0}h2{font-size:1rem;margin:0 0 8px}main{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,280px),1fr));margin-top:16px}
section{padding:14px 16px;border:1px solid var(--line);border-radius:12px;background:light-dark(#fff,#1c2225);min-width:0}
canvas{display:block;width:100%;border-radius:8px;background:#303030;image-rendering:pixelated}
button{min-height:40px;padding:6px 14px;margin:8px 0 0;font:inherit;border:1px solid var(--line);border-radius:8px;background:transparent;color:inherit;cursor:pointer}
label{display:flex;justify-content:space-between}input{width:100%;accent-color:var(--accent)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
[role=alert]:not(:empty){padding:10px 14px;border-left:4px solid #b3382c;background:light-dark(#fdecea,#3a1f1c)}`;

/** A trained VAE as one HTML file that needs nothing else: its weights, the shaders and the page. Opened from a disk or a server it
 * draws samples, and its sliders walk through the latent dimensions.
 * @param run config.json and model.safetensors at least
 * @param viewer the text of the package's viewer.js
 * @throws InputError where the run is damaged, or its model has no prior to sample from */
export async function sharedPage(run: Partial<RunFiles>, viewer: string): Promise<string> {
  const { config } = decodeRun(run);
  if (config.model.kind !== "vae")
    throw new InputError(
      `A shared page samples a "vae", and this model is "${config.model.kind}"; share one of those.`,
    );
  const script = viewer.replaceAll("</script", "<\\/script");
  const title = `${config.preset ?? "A variational autoencoder"} · latentgpu`;
  const policy = `default-src 'none'; script-src '${await digest(script)}'; style-src '${await digest(style)}'; base-uri 'none'; form-action 'none'`;
  const json = JSON.stringify(config).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p id="status" role="status">Getting ready …</p>
<p id="error" role="alert"></p>
<main></main>
<script type="application/json" id="config">${json}</script>
<script type="application/octet-stream" id="model">${base64(run["model.safetensors"] as Uint8Array)}</script>
<script>${script}</script>
</body>
</html>
`;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** What a Content-Security-Policy calls an inline text by. */
async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${base64(new Uint8Array(hash))}`;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  // As many at once as a call takes arguments.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
