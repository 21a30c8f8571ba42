import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { classifierPresets } from "../src/train/classifier-presets.js";
import { presets } from "../src/train/presets.js";
import { priorPresets } from "../src/train/prior-presets.js";
import { cli, hashes, inPairs, tiny } from "./run-cli.js";

const test = suite("cli");
const base = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
test.after(() => rmSync(base, { recursive: true }));
const at = (...names: string[]): string => join(base, ...names);

test("train leaves a whole run and says so; its last line of JSON is the only one", async () => {
  const { code, stdout, lines } = await cli([...tiny("seed/vae-8", at("run"), "--epochs", "2"), "--json"]);
  assert.is(code, 0, lines.join("\n"));
  const told = JSON.parse(stdout);
  assert.equal([told.run, told.step, told.total, told.done], [at("run"), 26, 26, true]);
  assert.equal(readdirSync(at("run")).sort(), [
    "best.safetensors",
    "config.json",
    "metrics.jsonl",
    "model.previous.safetensors",
    "model.safetensors",
    "pictures",
    "state.previous.safetensors",
    "state.safetensors",
  ]);
  const pictures = [
    "epoch-0001.png",
    "epoch-0002.png",
    "film.png",
    "manifold.png",
    "reconstructions.png",
    "samples.png",
  ];
  assert.equal(readdirSync(at("run", "pictures")).sort(), pictures);
  const metrics = readFileSync(at("run", "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.is(metrics.length, 30);
  const healths = metrics.filter(({ kind }) => kind === "health");
  assert.equal(
    healths.map(({ step, klPerDim, alarms }) => [step, klPerDim.length, alarms]),
    [
      [13, 2, undefined],
      [26, 2, undefined],
    ],
  );
  assert.ok(healths.every(({ gradientNorm }) => gradientNorm > 0));
  assert.equal(told.alarms, []);
  const ends = metrics.filter(({ kind }) => kind === "epoch");
  assert.equal(
    ends.map(({ epoch, step, images }) => [epoch, step, images]),
    [
      [1, 13, 200],
      [2, 26, 200],
    ],
  );
  assert.is(told.loss, ends[1].loss);
  const first = metrics.filter(({ kind, epoch }) => kind === "step" && epoch === 1);
  const mean = first.reduce((sum, s) => sum + s.recon * s.rows, 0) / 200;
  assert.ok(Math.abs(mean / ends[0].recon - 1) < 1e-12);
  assert.ok(ends[1].recon < ends[0].recon);
  assert.equal([first[0].beta, first[0].lr], [3, 1e-3]);
  for (const epoch of [1, 2]) assert.ok(lines.some((line) => line.startsWith(`epoch ${epoch}/2`)));
  for (const part of ["recon", "kl", "compiling kernels"])
    assert.ok(
      lines.some((line) => line.includes(part)),
      part,
    );
});

test("a run that exists is not touched without --resume", async () => {
  const before = hashes(at("run"));
  const { code, lines } = await cli(tiny("seed/vae-8", at("run")));
  assert.is(code, 2);
  assert.equal(lines, [
    `latentgpu: There is a run at ${at("run")} already; go on with it by --resume or name another --out.`,
  ]);
  assert.equal(hashes(at("run")), before);
});

test("the model takes the shape of the data, and says so", async () => {
  const args = ["train", "seed/ae-32", "--data", "builtin:sprites?rows=20", "--steps", "1", "--out", at("shape")];
  const { code, lines } = await cli(args);
  assert.is(code, 0, lines.join("\n"));
  assert.ok(lines.some((line) => line.includes("[1,64,64]")));
  assert.equal(JSON.parse(readFileSync(at("shape", "config.json"), "utf8")).model.inputShape, [1, 64, 64]);
});

test("a run's config.json trains the same run again", async () => {
  const { code, lines } = await cli(["train", at("run", "config.json"), "--out", at("again")]);
  assert.is(code, 0, lines.join("\n"));
  assert.equal(hashes(at("again")), hashes(at("run")));
});

test("info tells adapter, features, limits and memory, and warns of a software adapter", async () => {
  const { code, stdout, lines } = await cli(["info", "--json"]);
  assert.is(code, 0, lines.join("\n"));
  const info = JSON.parse(stdout);
  assert.ok(
    info.adapter.name && info.limits.maxBufferSize >= 2 ** 28 && info.profile.matmul && info.memory.systemBytes > 0,
  );
  assert.is(
    info.adapter.software,
    lines.some((line) => line.includes("is a software adapter")),
  );
  const page = await cli(["info"]);
  assert.ok(page.stdout.includes(info.adapter.name));
});

test("presets lists every preset with its source and its number of parameters", async () => {
  const { stdout } = await cli(["presets", "--json"]);
  const told = JSON.parse(stdout).presets as { name: string; source: string; parameters: number }[];
  assert.equal(
    told.map((p) => p.name),
    [...presets, ...priorPresets, ...classifierPresets].map((p) => p.name),
  );
  // 784-400-20 with mu and logVar, and back.
  const want = 784 * 400 + 400 + 2 * (400 * 20 + 20) + 20 * 400 + 400 + 400 * 784 + 784;
  assert.is(told.find((p) => p.name === "seed/vae-20")?.parameters, want);
});

test("--help and --version, everywhere, with code 0", async () => {
  const { stdout, code } = await cli(["--help"]);
  assert.is(code, 0);
  const names = [...stdout.matchAll(/^ {2}(\w+) (?:\[|<|RUN)/gm)]
    .map((m) => m[1] as string)
    .filter((n) => n !== "help");
  assert.ok(names.length >= 9, names.join());
  await inPairs(names, async (name) => {
    const help = await cli([name, "--help"]);
    assert.is(help.code, 0, name);
    assert.ok(help.stdout.startsWith(`Usage: latentgpu ${name}`), name);
    assert.ok(help.stdout.includes("--json"), name);
  });
  assert.match((await cli(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test.run();
