import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InferenceSession } from "onnxruntime-web";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readSafetensors, type SafeTensor, writeSafetensors } from "../src/formats/safetensors.js";
import { cli, sha256 } from "./run-cli.js";

const test = suite("export and import");
const base = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
test.after(() => rmSync(base, { recursive: true }));
const at = (...names: string[]): string => join(base, ...names);

async function done(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, lines } = await cli([...args, "--json"]);
  assert.is(code, 0, `${args.join(" ")}: ${lines.join("\n")}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
}

async function refused(says: RegExp, ...args: string[]): Promise<void> {
  const { code, lines, stdout } = await cli(args);
  assert.is(code, 2, `${args.join(" ")}: ${lines.join("\n")}`);
  assert.match(lines.at(-1) ?? "", says);
  assert.is(stdout, "");
}

const set = (...values: string[]): string[] => values.flatMap((value) => ["--set", value]);
const short = ["--data", "builtin:glyphs?rows=64", "--batch", "16", "--steps", "6"];
const vq = '{"kind":"codebook","numEmbeddings":8,"embeddingDim":4,"useEma":true,"kmeansInit":true}';
/** A run of each architecture that PyTorch's state dicts come in: its preset, its settings, and the verb that shows its pictures. */
const families: Readonly<Record<string, readonly [preset: string, settings: string[], verb: string]>> = {
  dense: ["seed/vae-20", set("model.hiddenDims=[12]", "model.latentDim=3"), "sample"],
  conv: ["conv/vae-28", set("model.channels=[4,6]", "model.latentDim=3", "model.norm=batch"), "sample"],
  vq: ["vq-28", set("model.channels=[4,6]", "model.residualChannels=3", `model.quantizer=${vq}`), "reconstruct"],
};

for (const [name, [preset, settings, verb]] of Object.entries(families))
  test(`${name}: what was exported comes back as a run that draws the same pictures and trains on`, async () => {
    await done("train", preset, ...short, ...settings, "--out", at(name));
    const { files } = await done("export", at(name), "--to", "safetensors", "--out", at(`${name}-hub`));
    assert.equal(
      (files as string[]).map((file) => file.slice(at(`${name}-hub`).length + 1)),
      ["config.json", "model.safetensors", "README.md"],
    );
    const own = readSafetensors(readFileSync(at(name, "model.safetensors")), "own");
    const hub = readSafetensors(readFileSync(at(`${name}-hub`, "model.safetensors")), "hub");
    assert.is(hub.metadata.get("format"), "pt");
    assert.equal([...hub.tensors.keys()].sort(), [...own.tensors.keys()].sort());
    assert.match(readFileSync(at(`${name}-hub`, "README.md"), "utf8"), /^---\nlibrary_name: latentgpu\n/);

    // As DistributedDataParallel would have saved it.
    const wrapped = new Map<string, SafeTensor>([...hub.tensors].map(([key, tensor]) => [`module.${key}`, tensor]));
    writeFileSync(at(`${name}.safetensors`), writeSafetensors(wrapped));
    const as = ["--as", at(name, "config.json")];
    await done("import", at(`${name}.safetensors`), ...as, "--out", at(`${name}-again`));
    await done("import", at(`${name}-hub`), "--out", at(`${name}-third`));
    for (const run of [name, `${name}-again`, `${name}-third`]) {
      const more = verb === "reconstruct" ? ["--data", "builtin:glyphs?rows=8"] : [];
      await done(verb, at(run), "--count", "4", ...more, "--out", at(`${run}.png`));
    }
    assert.is(sha256(at(`${name}-again.png`)), sha256(at(`${name}.png`)));
    assert.is(sha256(at(`${name}-third.png`)), sha256(at(`${name}.png`)));

    const before = sha256(at(`${name}-again`, "model.safetensors"));
    await done("train", "--out", at(`${name}-again`), "--resume");
    assert.is.not(sha256(at(`${name}-again`, "model.safetensors")), before);
    const losses = (run: string): number[] =>
      readFileSync(at(run, "metrics.jsonl"), "utf8")
        .split("\n")
        .filter((line) => line.includes('"kind":"step"'))
        .map((line) => JSON.parse(line).loss as number);
    const [fresh, on] = [losses(name), losses(`${name}-again`)];
    assert.ok(on[0] < fresh[0], `it went on with ${on[0]}, where a fresh run began with ${fresh[0]}`);
  });

test("onnx: the files of a run and of a prior, which a runtime opens", async () => {
  await done(
    "train",
    "pixelcnn",
    "--codes",
    at("vq"),
    ...short.slice(2),
    "--out",
    at("prior"),
    ...set("model.channels=6", "model.layers=2"),
  );
  for (const [run, names] of [
    ["dense", ["autoencoder.onnx", "decoder.onnx", "encoder.onnx"]],
    ["prior", ["prior.onnx"]],
  ] as const) {
    const { files } = await done("export", at(run), "--to", "onnx");
    assert.equal(readdirSync(at(run, "onnx")).sort(), [...names]);
    for (const file of files as string[]) {
      const session = await InferenceSession.create(readFileSync(file));
      assert.ok(session.inputNames.length > 0 && session.outputNames.length > 0);
      await session.release();
    }
  }
});

test("html: one page with weights, shaders and script in it, and nothing that is loaded", async () => {
  const viewer = fileURLToPath(import.meta.resolve("latentgpu/viewer"));
  const built = existsSync(viewer);
  if (!built) {
    const { code, lines } = await cli(["export", at("dense"), "--to", "html"]);
    assert.is(code, 2, lines.join("\n"));
    assert.match(lines.at(-1) ?? "", /node build\.mjs/);
    return;
  }
  const { files } = await done("export", at("dense"), "--to", "html", "--out", at("page"));
  const page = readFileSync((files as string[])[0] as string, "utf8");
  assert.ok(page.includes("@compute") && page.includes('id="model"'));
  assert.not.match(page, /\b(src|href)=/);
  await refused(/samples a "vae"/, "export", at("vq"), "--to", "html", "--out", at("x"));
});

test("what does not go is refused in one sentence, and nothing is written", async () => {
  await refused(/choices|Allowed/i, "export", at("dense"), "--to", "pickle");
  await refused(/no run at/, "export", at("nowhere"), "--to", "onnx");
  await refused(/--out is the run itself/, "export", at("dense"), "--to", "safetensors", "--out", at("dense"));
  await refused(/is not there/, "import", at("nowhere.safetensors"), "--out", at("x"));
  await refused(/does not tell its architecture; name it by --as/, "import", at("dense.safetensors"), "--out", at("x"));
  await refused(
    /decoder\.0\.weight .* should be/,
    "import",
    at("dense.safetensors"),
    "--as",
    "seed/vae-20",
    "--out",
    at("x"),
  );
  await refused(
    /did you mean "seed\/vae-20"/,
    "import",
    at("dense.safetensors"),
    "--as",
    "seed/vae-2",
    "--out",
    at("x"),
  );
  await refused(/There is a run at/, "import", at("dense-hub"), "--out", at("dense"));
  cpSync(at("dense-hub"), at("torn"), { recursive: true });
  writeFileSync(at("torn", "model.safetensors"), readFileSync(at("torn", "model.safetensors")).subarray(0, 900));
  await refused(/model\.safetensors/, "import", at("torn"), "--out", at("x"));
  writeFileSync(at("weights.pt"), "PK");
  await refused(/safetensors\.torch\.save_file/, "import", at("weights.pt"), "--as", "seed/vae-20", "--out", at("x"));
  assert.not.ok(existsSync(at("x")));
});

test.run();
