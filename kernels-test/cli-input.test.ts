import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dependencies } from "../package.json";
import { encodePng } from "../src/formats/png.js";
import type { SafeTensor } from "../src/formats/safetensors.js";
import { readSafetensors, writeSafetensors } from "../src/formats/safetensors.js";
import { cli, hashes, inPairs, tiny } from "./run-cli.js";

const test = suite("cli-input");
const base = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
test.after(() => rmSync(base, { recursive: true }));
const at = (...names: string[]): string => join(base, ...names);

/** Files of every kind that a stranger may hand over. */
async function badFiles(): Promise<void> {
  const idx = (type: number, shape: number[], bytes: number): Buffer => {
    const head = Buffer.alloc(4 + 4 * shape.length);
    head.set([0, 0, type, shape.length]);
    for (const [i, n] of shape.entries()) head.writeUInt32BE(n, 4 + 4 * i);
    return Buffer.concat([head, Buffer.alloc(bytes)]);
  };
  writeFileSync(at("short-images-idx3-ubyte"), idx(8, [10, 28, 28], 7000));
  writeFileSync(at("lying-images-idx3-ubyte"), idx(8, [60000, 28, 28], 7840));
  writeFileSync(at("torn-images-idx3-ubyte.gz"), gzipSync(idx(8, [10, 28, 28], 7840)).subarray(0, 40));
  const bomb = gzipSync(idx(8, [1, 28, 28], 50_000_000));
  bomb.writeUInt32LE(800, bomb.length - 4);
  writeFileSync(at("bomb-images-idx3-ubyte.gz"), bomb);
  writeFileSync(at("text.txt"), "hello");
  mkdirSync(at("sizes"));
  for (const side of [8, 9]) {
    const picture = { width: side, height: side, channels: 1 as const, data: new Uint8Array(side * side) };
    writeFileSync(at("sizes", `${side}.png`), await encodePng(picture));
  }
  mkdirSync(at("empty"));
  const config = JSON.parse(readFileSync(at("run", "config.json"), "utf8"));
  const write = (name: string, value: unknown): void => writeFileSync(at(name), JSON.stringify(value));
  write("unknown.json", { ...config, model: { ...config.model, latentDims: 3 } });
  write("range.json", { ...config, batch: -1 });
  write("proto.json", JSON.parse(`{"__proto__": {"x": 1}, "seed": 1}`));
  write("list.json", [1, 2]);
  writeFileSync(at("broken.json"), `{"model": `);
  damageRuns();
}

/** Copies of the run whose weights or state do not fit. */
function damageRuns(): void {
  const change = (name: string, file: string, edit: (tensors: Map<string, SafeTensor>) => void): void => {
    cpSync(at("run"), at(name), { recursive: true });
    rmSync(at(name, `${file}.previous.safetensors`));
    const path = at(name, `${file}.safetensors`);
    const { tensors, metadata } = readSafetensors(readFileSync(path), path);
    edit(tensors);
    writeFileSync(path, writeSafetensors(tensors, metadata));
  };
  change("missing", "model", (tensors) => tensors.delete("mu.weight"));
  change("extra", "model", (t) => t.set("extra", { dtype: "F32", shape: [1], data: new Float32Array(1) }));
  change("shape-of-mu", "model", (t) =>
    t.set("mu.weight", { dtype: "F32", shape: [3, 16], data: new Float32Array(48) }),
  );
  change("no-moment", "state", (tensors) => tensors.delete("arena.moment2"));
  change("flipped", "model", () => undefined);
  const bytes = readFileSync(at("flipped", "model.safetensors"));
  bytes[bytes.length - 9] = (bytes[bytes.length - 9] as number) ^ 4;
  writeFileSync(at("flipped", "model.safetensors"), bytes);
  cpSync(at("run"), at("config"), { recursive: true });
  writeFileSync(at("config", "config.json"), "{}");
}

/** Arguments, and what the sentence must name. */
const bad = (): readonly (readonly [readonly string[], ...string[]])[] => {
  const train = (...more: string[]): string[] => ["train", "seed/vae-8", "--out", at("out"), ...more];
  const data = (spec: string): string[] => train("--data", spec);
  const set = (...texts: string[]): string[] =>
    train("--data", "builtin:glyphs?rows=9", ...texts.flatMap((t) => ["--set", t]));
  const file = (name: string): string[] => ["train", at(name), "--out", at("out")];
  return [
    [data(at("nothing")), at("nothing"), "is not there"],
    [data(at("text.txt")), "text.txt", "IDX"],
    [data(at("short-images-idx3-ubyte")), "short-images-idx3-ubyte", "7000", "truncated"],
    [data(at("lying-images-idx3-ubyte")), "60000 x 28 x 28", "7840"],
    [data(at("torn-images-idx3-ubyte.gz")), "torn-images", "gzip"],
    [data(at("bomb-images-idx3-ubyte.gz")), "bomb-images", "more than the 800 bytes"],
    [data(at("sizes")), "9.png", "9 x 9", "8 x 8"],
    [data(at("empty")), at("empty"), "holds no data"],
    [data(""), "data", "empty"],
    [data("builtin:glyph"), "did you mean builtin:glyphs"],
    [data("builtin:glyphs?rows=0"), "rows", "from 1"],
    [data("builtin:glyphs?rows=999999999"), "over 2 GiB"],
    [file("unknown.json"), "unknown.json", "model.latentDims", 'Did you mean "latentDim"'],
    [file("range.json"), "range.json", "batch is -1", "from 1 to"],
    [file("proto.json"), "proto.json", "__proto__ is not a known key"],
    [file("list.json"), "list.json", "an object"],
    [file("broken.json"), "broken.json", "not JSON"],
    [file("absent.json"), "absent.json", "is not there"],
    [["train", "seed/vae-2", "--out", at("out")], 'did you mean "seed/vae-20"'],
    [set("model.latentDim=0"), "model.latentDim is 0", "from 1"],
    [set("model.latentDim=1e9"), "model.latentDim is 1000000000"],
    [set("model.latentDim=0x10"), 'model.latentDim is "0x10"'],
    [set("model.latentDim=NaN"), 'model.latentDim is "NaN"'],
    [set("model.latentDim=2.5"), "model.latentDim is 2.5"],
    [set("model.hiddenDims=16"), "model.hiddenDims is 16", "a list"],
    [set("model.hiddenDims=[16,-1]"), "model.hiddenDims[1] is -1"],
    [set("model.hiddenDims.0=16"), "hiddenDims", "set it whole"],
    [set("model.kind=gan"), 'model.kind is "gan"', '"vae"'],
    [set("model.activation=rellu"), 'Did you mean "relu"'],
    [set("optimizer.kind=adamm"), 'Did you mean "adam"'],
    [set("optimizer.betas=[0.9]"), "optimizer.betas"],
    [set("optimizer.momentum=0.9"), "optimizer.momentum is not a known key"],
    [set("beta=-1"), "beta is -1"],
    [set("reduction=mean"), "reduction", '"batchMean"'],
    [set("__proto__.x=1"), "__proto__ is not a known key"],
    [set("seed=-1"), "seed is -1"],
    [set("model.inputShape=[1,27,28]"), "[1,27,28]", "[1,28,28]"],
    [set("beta"), "--set takes KEY=VALUE"],
    [train("--epochs", "0x10"), "--epochs", "0x10"],
    [train("--epochs", "0"), "--epochs", "from 1"],
    [train("--batch", "1e9"), "--batch"],
    [train("--batch", "70000"), "batch is 70000", "65536"],
    [train("--lr", "fast"), "--lr", "fast"],
    [train("--lr"), "--lr <x>", "missing"],
    [train("--bogus"), "--bogus", "latentgpu train --help"],
    [train("--adapter", "voodoo", "--data", "builtin:glyphs?rows=9"), "voodoo", "LATENTGPU_ADAPTER"],
    [train("--resume"), at("out"), "no run"],
    [["trian"], "did you mean train"],
    [["sample"], "run"],
    [["train", "--out", at("sizes"), "--data", "builtin:glyphs?rows=9"], at("sizes"), "name another --out"],
    [["train", "--out", at("text.txt"), "--data", "builtin:glyphs?rows=9"], "text.txt is a file"],
    [["train", "--out", at("run"), "--resume", "--seed", "5"], "seed = 0 and 5"],
    [["train", "--out", at("run"), "--resume", "--set", "model.latentDim=3"], "model.latentDim = 2 and 3"],
    [["train", "seed/vae-20", "--out", at("run"), "--resume"], "began as seed/vae-8"],
    [["train", "--out", at("run"), "--resume", "--epochs", "1"], "step 26", "13"],
    [["train", "--out", at("no-moment"), "--resume"], "moment2"],
    [["sample", at("missing")], "model.safetensors", "mu.weight [2,16] is missing"],
    [["sample", at("extra")], "extra is not part of the model"],
    [["sample", at("shape-of-mu")], "mu.weight is [3,16] and should be [2,16]"],
    [["sample", at("flipped")], "model.safetensors is damaged"],
    [["sample", at("config")], "config.json", "model"],
    [["sample", at("nothing")], at("nothing"), "no run"],
    [["sample", at("sizes")], at("sizes"), "config.json"],
  ];
};

test("R28: bad input is one sentence that names what and where, code 2; --json says it as JSON; nothing is half-written", async () => {
  const { code, lines } = await cli(tiny("seed/vae-8", at("run"), "--epochs", "2"));
  assert.is(code, 0, lines.join("\n"));
  await badFiles();
  const before = hashes(base);
  const cases = bad();
  assert.ok(cases.length >= 50);
  const problems: string[] = [];
  await inPairs(cases, async ([args, ...parts]) => {
    const { code, signal, stdout, lines } = await cli([args[0] as string, "--json", ...args.slice(1)]);
    const told = lines.filter(
      (line) => !/is a software adapter|^compiling kernels|images that were trained/.test(line),
    );
    const sentence = told.join("\n").replace(/^latentgpu: /, "");
    const right =
      `${code} ${signal}` === "2 null" &&
      told.length === 1 &&
      stdout === `${JSON.stringify({ error: sentence })}\n` &&
      parts.every((part) => sentence.includes(part)) &&
      !/\bat .*:\d+:\d+|undefined|\[object/.test(sentence) &&
      /[.?]$|--help$/.test(sentence);
    if (!right)
      problems.push(`${args.join(" ")} (${code} ${signal}, wanted ${parts.join(" | ")}): ${stdout}${lines.join("\n")}`);
  });
  assert.is(problems.join("\n"), "");
  assert.not(existsSync(at("out")));
  assert.equal(hashes(base), before);
});

test("no adapter at all: code 2, what was tried and the ways out", async () => {
  const away = at("away");
  mkdirSync(join(away, "node_modules"), { recursive: true });
  const modules = resolve(fileURLToPath(import.meta.url), "../../../node_modules");
  for (const name of Object.keys(dependencies)) symlinkSync(join(modules, name), join(away, "node_modules", name));
  const program = join(away, "cli.mjs");
  cpSync(fileURLToPath(new URL("./child/cli.js", import.meta.url)), program);
  const env = { VK_DRIVER_FILES: "/nonexistent", LATENTGPU_ADAPTER: undefined };
  for (const args of [["info"], tiny("seed/vae-8", at("none"))]) {
    const { code, stdout, lines } = await cli([...args, "--json"], { env, cwd: away, program });
    assert.is(code, 2, lines.join("\n"));
    for (const part of ["No WebGPU adapter", "Tried", "mesa-vulkan-drivers", "LATENTGPU_ADAPTER="])
      assert.ok(JSON.parse(stdout).error.includes(part), part);
    assert.not(existsSync(at("none")));
  }
});

test.run();
