import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type SafeTensor, writeSafetensors } from "../src/formats/safetensors.js";
import { proofs } from "./ref/index.js";
import { cli } from "./run-cli.js";

const test = suite("latentgpu verify");
const folder = mkdtempSync(join(tmpdir(), "latentgpu-golden-"));
test.after(() => rmSync(folder, { recursive: true }));

const parsed = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** relu over two numbers, with a right or a wrong answer; and a family that nobody knows. */
function fill(y: number): void {
  const tensor = (...data: number[]): SafeTensor => ({ dtype: "F32", shape: [2], data: new Float32Array(data) });
  const notes = (op: string): [string, string][] => [["cases", JSON.stringify([{ op, params: {}, stat: {} }])]];
  const values = { x: tensor(3, -2), dy: tensor(5, 7), y: tensor(y, 0), dx: tensor(5, 0) };
  const named = Object.entries(values).map(([name, t]) => [`case0/${name}`, t] as const);
  writeFileSync(join(folder, "activations.safetensors"), writeSafetensors(named, notes("relu")));
  writeFileSync(join(folder, "unheard_of.safetensors"), writeSafetensors([["case0/y", tensor(1, 2)]], notes("knot")));
}

test("--golden --json: a line a family, a last line with the sums, exit 0 where nothing failed", async () => {
  fill(3);
  const { code, stdout } = await cli(["verify", "--golden", folder, "--json"]);
  assert.is(code, 0);
  const lines = parsed(stdout);
  assert.equal(
    lines.map(({ family, passed, failed, missing }) => [family, passed, failed, missing]),
    [
      ["activations", 1, 0, 0],
      ["unheard_of", 0, 0, 1],
      [undefined, 1, 0, 1],
    ],
  );
  assert.equal(Object.keys(lines[0].worst as object), ["case", "tensor", "error", "bound"]);
  assert.equal(lines[1].missingCases, ["case0 knot"]);
});

test("--golden: exit 1 and the tensor by name where a value is wrong; --family picks", async () => {
  fill(3.001);
  const wrong = await cli(["verify", "--golden", folder, "--family", "activations"]);
  assert.is(wrong.code, 1);
  assert.match(wrong.stdout, /case0 relu: y\[0\] is 3, PyTorch 3\.00/);
  assert.not.match(wrong.stdout, /unheard_of/);
  const other = await cli(["verify", "--golden", folder, "--family", "unheard_of"]);
  assert.is(other.code, 0);
  assert.match(other.stdout, /no op for case0 knot/);
});

test("a folder or a family that is not there is one sentence and exit 2", async () => {
  for (const args of [
    ["--golden", join(folder, "none")],
    ["--golden", folder, "--family", "nope"],
  ]) {
    const { code, stdout } = await cli(["verify", "--json", ...args]);
    assert.is(code, 2);
    assert.equal(Object.keys(parsed(stdout)[0]), ["error"]);
  }
});

test("without --golden: a line an op; a device that computes nothing fails them all", async () => {
  const { code, stdout } = await cli(["verify", "--json", "--adapter", "null"]);
  assert.is(code, 1);
  const lines = parsed(stdout);
  assert.equal(
    lines.slice(0, -1).map((l) => l.op),
    proofs.map((p) => p.op.name),
  );
  for (const { op, failed, failures } of lines.slice(0, -1)) {
    assert.ok(Number(failed) > 0, `${op} passes on a device that computes nothing`);
    assert.is((failures as string[]).length, failed);
  }
});

test.run();
