// On one adapter: what the command line does, whose kernels other suites prove on each.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readConfig } from "../src/cli/run-folder.js";
import { codeMapsFromNpy } from "../src/data/codes.js";
import { InputError } from "../src/errors.js";
import { encodeNpy, parseNpy } from "../src/formats/npy.js";
import type { PriorRunConfig } from "../src/train/config.js";
import { stripes } from "./prior-run.js";
import { cli, hashes, inPairs, pause, startCli } from "./run-cli.js";

const test = suite("prior commands");
const base = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
test.after(() => rmSync(base, { recursive: true }));
const at = (name: string): string => join(base, name);

const maps = stripes(150, [4, 6], 6, 3, [2, 3]);
writeFileSync(at("codes.npy"), encodeNpy([150, 4, 6], Int32Array.from(maps.codes)));
writeFileSync(at("codes.labels.npy"), encodeNpy([150], Uint8Array.from(maps.labels)));
writeFileSync(at("codes.top.npy"), encodeNpy([150, 2, 3], maps.top.codes));
writeFileSync(at("top.npy"), encodeNpy([150, 2, 3], maps.top.codes));
writeFileSync(at("bare.npy"), encodeNpy([150, 4, 6], maps.codes));

/** 10 steps an epoch, a checkpoint every 7. */
const small = ["--batch", "16", "--save-every", "7", "--set", "model.channels=8", "--set", "model.layers=2"];
const train = (preset: string, codes: string, out: string, ...more: string[]): string[] => [
  "train",
  preset,
  ...["--codes", at(codes), "--out", at(out), ...small, ...more],
];

/** A command that succeeds: its JSON line. */
async function told(args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, lines } = await cli([...args, "--json"]);
  assert.is(code, 0, lines.join("\n"));
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** A command that is refused: exit code 2, one sentence. */
async function refused(says: RegExp, ...args: string[]): Promise<void> {
  const { code, lines } = await cli(args);
  assert.is(code, 2, lines.join("\n"));
  assert.match(lines.at(-1) ?? "", says);
}

const numbers = (path: string): { shape: number[]; data: number[] } => {
  const { shape, data } = parseNpy(readFileSync(path), path);
  return { shape, data: Array.from(data, Number) };
};

test("train, evaluate and sample a prior over codes of a file", async () => {
  const run = await told(train("pixelcnn", "codes.npy", "plain", "--epochs", "4", "--lr", "0.01"));
  assert.is(run.step, 40);
  const { model, data } = readConfig(at("plain")) as PriorRunConfig;
  assert.equal([model.shape, model.numEmbeddings, data], [[4, 6], 6, at("codes.npy")], "shapes follow the codes");
  const lines = readFileSync(join(at("plain"), "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");
  const epochs = lines.map((line) => JSON.parse(line)).filter((l) => l.kind === "epoch");
  assert.ok(epochs[3].nll < 0.9 * epochs[0].nll, "the loss does not fall");
  for (const { nll, bitsPerCode, loss } of epochs) {
    assert.ok(Math.abs(bitsPerCode - nll / (24 * Math.LN2)) < 1e-6);
    assert.ok(Math.abs(loss - nll / 24) < 1e-3 * loss);
  }
  const score = await told(["evaluate", at("plain")]);
  assert.is(score.maps, 150);
  assert.ok((score.nll as number) < epochs[3].nll);
  assert.ok(Math.abs((score.bitsPerCode as number) - (score.nll as number) / (24 * Math.LN2)) < 1e-9);
  const few = await told(["evaluate", at("plain"), "--data", at("bare.npy"), "--limit", "5"]);
  assert.is(few.maps, 5);
  const drawn = await told(["sample", at("plain"), "--count", "5", "--seed", "3"]);
  assert.equal(drawn, { codes: join(at("plain"), "codes.npy"), shape: [5, 4, 6], dtype: "uint32" });
  const first = numbers(drawn.codes as string);
  assert.equal(first.shape, [5, 4, 6]);
  await told(["sample", at("plain"), "--count", "5", "--seed", "3", "--out", at("again.npy")]);
  assert.equal(numbers(at("again.npy")), first);
  const edge = ["--top-k", "2", "--top-p", "0.9", "--temperature", "0.5", "--out", at("edge.npy")];
  await told(["sample", at("plain"), "--count", "5", "--seed", "3", ...edge]);
  assert.not.equal(numbers(at("edge.npy")), first);
});

test("two levels and classes: the bottom's prior draws by the top's", async () => {
  const top = await told(train("pixelcnn", "top.npy", "top", "--steps", "10"));
  assert.is(top.done, true);
  await told(train("pixelcnn-bottom", "codes.npy", "bottom", "--steps", "10", "--set", "model.numClasses=3"));
  const { model } = readConfig(at("bottom")) as PriorRunConfig;
  assert.equal(model.top, { shape: [2, 3], numEmbeddings: 3 });
  const args = ["sample", at("bottom"), "--prior", at("top"), "--count", "4"];
  const drawn = await told([...args, "--label", "2", "--out", at("two.npy")]);
  assert.equal(drawn.shape, [4, 4, 6]);
  await told([...args, "--label", "1", "--out", at("other.npy")]);
  assert.not.equal(numbers(at("two.npy")), numbers(at("other.npy")));
  await refused(/label 3 is none of the 3/, ...args, "--label", "3");
  await refused(/depends on a top map/, "sample", at("bottom"));
  await refused(/knows no classes/, "sample", at("top"), "--label", "1");
  await refused(/depends on no top map/, "sample", at("bottom"), "--prior", at("top"), "--prior", at("top"));
  await refused(/no labels/, "evaluate", at("bottom"), "--data", at("bare.npy"));
});

test("killed with -9 and resumed, and resumed to a later end: the files of a straight run", async () => {
  const args = (out: string, steps: number): string[] =>
    train("pixelcnn-bottom", "codes.npy", out, "--steps", String(steps), "--set", "model.numClasses=3");
  await told(args("straight", 60));
  const want = hashes(at("straight"));
  await inPairs([0, 1], async (k) => {
    const dir = `killed-${k}`;
    if (k === 0) {
      await told(args(dir, 33));
    } else {
      const { child, ended } = startCli(args(dir, 60));
      while (!existsSync(join(at(dir), "state.safetensors")) && child.exitCode === null) await pause(2);
      await pause(600 * Math.random());
      child.kill("SIGKILL");
      await ended;
    }
    await told(["train", "--out", at(dir), "--resume", "--steps", "60"]);
    assert.equal(hashes(at(dir)), want);
  });
});

test("bad input is refused in one sentence", async () => {
  writeFileSync(at("float.npy"), encodeNpy([2, 2, 2], new Float32Array(8)));
  writeFileSync(at("flat.npy"), encodeNpy([8], new Uint32Array(8)));
  const cases: [RegExp, ...string[]][] = [
    [/not there/, "train", "pixelcnn", "--codes", at("none.npy"), "--out", at("x")],
    [/no run at/, "train", "pixelcnn", "--codes", at("none"), "--out", at("x")],
    [/is a prior over codes and has no images/, "train", "pixelcnn", "--codes", at("plain"), "--out", at("x")],
    [/codes are whole numbers/, "train", "pixelcnn", "--codes", at("float.npy"), "--out", at("x")],
    [/maps of codes are \(N, H, W\)/, "train", "pixelcnn", "--codes", at("flat.npy"), "--out", at("x")],
    [/no labels/, ...train("pixelcnn", "bare.npy", "x", "--set", "model.numClasses=3")],
    [/no top maps/, ...train("pixelcnn-bottom", "bare.npy", "x")],
    [/code 5 is none of the 4/, ...train("pixelcnn", "bare.npy", "x", "--set", "model.numEmbeddings=4")],
    [/give one of them/, ...train("pixelcnn", "bare.npy", "x", "--data", "builtin:glyphs")],
    [/"ae"; give it --data/, ...["train", "seed/ae-8", "--codes", at("bare.npy"), "--out", at("x")]],
    [/did you mean "pixelcnn"/, "train", "pixelcn", "--codes", at("bare.npy"), "--out", at("x")],
    ...["reconstruct", "interpolate", "traverse", "manifold", "encode"].map((verb): [RegExp, ...string[]] => [
      /is a prior over codes and has no images/,
      verb,
      at("plain"),
    ]),
    [/name in .npy/, "sample", at("plain"), "--out", at("codes.png")],
    [/--top-p is "0"/, "sample", at("plain"), "--top-p", "0"],
    [/maps of \[2,3\] and the prior takes \[4,6\]/, "evaluate", at("plain"), "--data", at("top.npy")],
  ];
  await inPairs(cases, ([says, ...args]) => refused(says, ...args));
});

test("files of codes: every integer type; what is none is refused with its place", () => {
  const file = (where: string, shape: number[], data: Parameters<typeof encodeNpy>[1]) => ({
    where,
    bytes: encodeNpy(shape, data),
  });
  const codes = file("c.npy", [2, 1, 3], Int32Array.of(0, 5, 2, 1, 1, 4));
  const read = codeMapsFromNpy("c", codes, file("l.npy", [2], Uint8Array.of(3, 1)));
  assert.equal(read, {
    name: "c",
    count: 2,
    shape: [1, 3],
    numEmbeddings: 6,
    codes: Uint32Array.of(0, 5, 2, 1, 1, 4),
    labels: Uint32Array.of(3, 1),
  });
  const bad: [() => unknown, RegExp][] = [
    [() => codeMapsFromNpy("c", file("c.npy", [1, 1, 2], Int32Array.of(1, -1))), /holds -1 at place 1/],
    [() => codeMapsFromNpy("c", file("c.npy", [1, 1, 1], Uint32Array.of(65_536))), /holds 65536 at place 0/],
    [() => codeMapsFromNpy("c", file("c.npy", [0, 1, 1], new Uint32Array(0))), /shape \(0, 1, 1\)/],
    [() => codeMapsFromNpy("c", codes, file("l.npy", [3], new Uint8Array(3))), /l.npy has 3 rows and c.npy has 2/],
    [() => codeMapsFromNpy("c", codes, undefined, file("t.npy", [2, 2], new Uint8Array(4))), /t.npy has shape/],
  ];
  for (const [attempt, says] of bad)
    assert.throws(attempt, (e: unknown) => e instanceof InputError && says.test(e.message), String(says));
});

test.run();
