// On one adapter: what the command line does, whose kernels other suites prove on each.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readConfig } from "../src/cli/run-folder.js";
import { decodePng } from "../src/formats/png.js";
import type { PriorRunConfig } from "../src/train/config.js";
import { cli, sha256 } from "./run-cli.js";

const test = suite("a run, its prior, its samples");
const base = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
test.after(() => rmSync(base, { recursive: true }));
const at = (name: string): string => join(base, name);

const set = (...values: string[]): string[] => values.flatMap((value) => ["--set", value]);
const quantizer =
  '{"kind":"codebook","numEmbeddings":12,"embeddingDim":4,"useEma":true,"deadCodeThreshold":0.1,"decay":0.8}';
const vq = (preset: string, out: string, ...more: string[]): string[] => [
  ...["train", preset, "--data", "builtin:glyphs?rows=96", "--batch", "16", "--steps", "8", "--out", at(out)],
  ...set("model.channels=[4,6]", "model.residualChannels=3", `model.quantizer=${quantizer}`),
  ...more,
];
const prior = (preset: string, run: string, out: string, ...more: string[]): string[] => [
  ...["train", preset, "--codes", at(run), "--batch", "16", "--steps", "8", "--out", at(out)],
  ...set("model.channels=8", "model.layers=2"),
  ...more,
];

async function told(args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, lines } = await cli([...args, "--json"]);
  assert.is(code, 0, lines.join("\n"));
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function refused(says: RegExp, ...args: string[]): Promise<void> {
  const { code, lines } = await cli(args);
  assert.is(code, 2, lines.join("\n"));
  assert.match(lines.at(-1) ?? "", says);
}

const sample = (...args: string[]): string[] => ["sample", ...args, "--count", "6", "--out"];

test("a prior learns a run's codes, and sample --prior draws pictures through the run's decoder", async () => {
  await told(vq("vq-28", "run"));
  await told(prior("pixelcnn", "run", "prior", ...set("model.numClasses=10")));
  const { model } = readConfig(at("prior")) as PriorRunConfig;
  assert.equal([model.shape, model.numEmbeddings], [[7, 7], 12], "shape and codes follow the run's");
  const drawn = await told([...sample(at("run"), "--prior", at("prior"), "--label", "8"), at("a.png")]);
  assert.equal([drawn.images, drawn.label], [6, 8]);
  const { width, height, data } = await decodePng(readFileSync(at("a.png")), "a.png");
  assert.ok(width >= 3 * 28 && height >= 2 * 28 && data.some((v) => v !== data[0]), "an empty picture");
  await told([...sample(at("run"), "--prior", at("prior"), "--label", "8"), at("b.png")]);
  await told([...sample(at("run"), "--prior", at("prior"), "--label", "8", "--seed", "1"), at("c.png")]);
  assert.is(sha256(at("b.png")), sha256(at("a.png")), "the same seed, other pictures");
  assert.is.not(sha256(at("c.png")), sha256(at("a.png")), "another seed, the same pictures");
  const told2 = await told(["evaluate", at("prior"), "--limit", "32"]);
  assert.ok(Number(told2.bitsPerCode) > 0 && Number(told2.bitsPerCode) < 2 * Math.log2(12));
});

test("of two levels the top is drawn, then the bottom that depends on it", async () => {
  await told(vq("vq-vae-2/64", "two", "--resize", "16x16", ...set("model.inputShape=[1,16,16]", "model.convs=0")));
  await told(prior("pixelcnn", "two", "top"));
  await told(prior("pixelcnn-bottom", "two", "bottom"));
  const { model } = readConfig(at("bottom")) as PriorRunConfig;
  assert.equal(model.top?.shape, (readConfig(at("top")) as PriorRunConfig).model.shape);
  await told([...sample(at("two"), "--prior", at("top"), "--prior", at("bottom")), at("two.png")]);
  const { data } = await decodePng(readFileSync(at("two.png")), "two.png");
  assert.ok(data.some((v) => v !== data[0]));
  await refused(
    /1 priors were given and the run .* has 2 levels .*top, bottom.*--prior for each/,
    ...sample(at("two"), "--prior", at("top")),
    at("x.png"),
  );
  await refused(
    /bottom draws 12 codes on maps of .*, and the run.s top are 12 on/,
    ...sample(at("two"), "--prior", at("bottom"), "--prior", at("top")),
    at("x.png"),
  );
});

test("what does not go together is refused in one sentence", async () => {
  await refused(
    /draws 12 codes on maps of \[.*\], and the run's codes are 12 on \[7,7\]/,
    ...sample(at("run"), "--prior", at("top")),
    at("x.png"),
  );
  await refused(/has one level of codes; a prior with model\.top/, ...prior("pixelcnn-bottom", "run", "x"));
  await told([
    "train",
    "seed/vae-8",
    "--data",
    "builtin:glyphs?rows=32",
    "--batch",
    "16",
    "--steps",
    "2",
    "--out",
    at("vae"),
  ]);
  await refused(/A model of kind "vae" has latents and no codes/, ...prior("pixelcnn", "vae", "x"));
  await refused(
    /A model of kind "vae" has latents and no codes/,
    ...sample(at("vae"), "--prior", at("prior")),
    at("x.png"),
  );
  await told(vq("vq-28", "several", ...set('model.quantizer.residual={"quantizers":2}')));
  await refused(/has 2 codes a position .* a prior takes one/, ...prior("pixelcnn", "several", "x"));
});

test.run();
