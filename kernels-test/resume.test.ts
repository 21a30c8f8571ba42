import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeState, encodeState } from "../src/train/state.js";
import { cli, hashes, inPairs, pause, sha256, startCli, tiny } from "./run-cli.js";

const test = suite("resume");
const base = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
test.after(() => rmSync(base, { recursive: true }));

async function succeed(args: readonly string[], env?: Record<string, string>): Promise<void> {
  const { code, signal, lines } = await cli(args, env ? { env } : {});
  assert.is(`${code} ${signal}`, "0 null", lines.join("\n"));
}

/** Of each family: 13 steps an epoch, a checkpoint every 7. */
const families = ["seed/ae-8", "seed/dae-masking", "seed/vae-8"];
const steps = 120;
const args = (preset: string, out: string, n = steps): string[] =>
  tiny(preset, out, "--steps", String(n), "--save-every", "7");

for (const preset of families) {
  test(`R10: ${preset}, killed with -9 at two random moments and resumed, leaves the files of a straight run`, async () => {
    const name = preset.replace("/", "-");
    const straight = join(base, name);
    await succeed(args(preset, straight));
    const want = hashes(straight);
    assert.ok(Object.keys(want).length >= 5 + 9 + 2, Object.keys(want).join());
    await inPairs([1, 2], async (k) => {
      const dir = join(base, `${name}-${k}`);
      const { child, ended } = startCli(args(preset, dir));
      while (!existsSync(join(dir, "state.safetensors")) && child.exitCode === null) await pause(2);
      await pause(600 * Math.random());
      child.kill("SIGKILL");
      await ended;
      await succeed(["train", "--out", dir, "--resume"]);
      assert.equal(hashes(dir), want);
    });
  });
}

test("training N steps, then 2N by --resume, equals 2N steps, also from the middle of an epoch", async () => {
  const [straight, resumed] = [join(base, "straight"), join(base, "resumed")];
  await succeed(args("seed/vae-8", straight, 60));
  await succeed(args("seed/vae-8", resumed, 30));
  assert.is(readFileSync(join(resumed, "metrics.jsonl"), "utf8").trim().split("\n").length, 34);
  await succeed(["train", "--out", resumed, "--resume", "--steps", "60"]);
  assert.equal(hashes(resumed), hashes(straight));
});

test("lines of metrics beyond the checkpoint and half a line are cut off", async () => {
  const [straight, torn] = [join(base, "straight"), join(base, "torn")];
  cpSync(straight, torn, { recursive: true });
  for (const file of ["state", "model"]) {
    cpSync(join(torn, `${file}.previous.safetensors`), join(torn, `${file}.safetensors`));
  }
  const path = join(torn, "metrics.jsonl");
  writeFileSync(path, `${readFileSync(path, "utf8")}{"kind":"step","epoch":5,"st`);
  await succeed(["train", "--out", torn, "--resume"]);
  assert.equal(hashes(torn), hashes(straight));
});

test("a damaged newest checkpoint: goes on from the one before, with a warning", async () => {
  const [straight, torn] = [join(base, "straight"), join(base, "damaged")];
  cpSync(straight, torn, { recursive: true });
  const path = join(torn, "state.safetensors");
  writeFileSync(path, readFileSync(path).subarray(0, 1000));
  const { code, lines } = await cli(["train", "--out", torn, "--resume"]);
  assert.is(code, 0, lines.join("\n"));
  assert.ok(lines.some((line) => line.includes("Going on from")));
  assert.equal(hashes(torn), hashes(straight));
});

test("R6: a number that is not finite stops the run before it is saved, by tensor and index", async () => {
  for (const arena of ["weight", "moment1", "moment2"] as const) {
    const dir = join(base, `poisoned-${arena}`);
    cpSync(join(base, "straight"), dir, { recursive: true });
    const path = join(dir, "state.safetensors");
    const state = decodeState(readFileSync(path), path);
    const values = state.arenas.get(arena) as Float32Array;
    // Element 5 of the first parameter, which begins the arena.
    values[5] = arena === "moment2" ? Number.POSITIVE_INFINITY : Number.NaN;
    writeFileSync(path, encodeState(state));
    const before = hashes(dir);
    const { code, lines } = await cli(["train", "--out", dir, "--resume", "--steps", "200"]);
    assert.is(code, 1, lines.join("\n"));
    // A NaN among the first moments is one among the weights a step later, and everywhere another step later.
    const where = {
      weight: "encoder.0.weight[5]",
      moment1: "encoder.0.weight[",
      moment2: "moment2.encoder.0.weight[5]",
    };
    const last = lines.at(-1) ?? "";
    assert.ok(last.startsWith(`latentgpu: ${where[arena]}`), last);
    assert.match(last, /\] is not finite at step \d+\. Training stopped before the next checkpoint/);
    const place = arena === "weight" ? "encoder.0.weight[5]" : `${arena}.encoder.0.weight[5]`;
    assert.ok(last.endsWith(`It was in ${place} before step ${state.step + 1}.`), last);
    const after = hashes(dir);
    for (const file of ["state", "model", "best"])
      assert.is(after[`${file}.safetensors`], before[`${file}.safetensors`], file);
  }
});

test("R9: the same seed gives the same weights, whatever the threads; another seed others", async () => {
  const found: string[] = [];
  const threads = ["0", "1", "2", "8"];
  const runs = [...Array.from({ length: 10 }, (_, i) => [7, threads[i - 6]] as const), [8] as const];
  await inPairs(runs, async ([seed, count], i) => {
    const dir = join(base, `seed-${i}`);
    const more = ["--steps", "40", "--seed", String(seed)];
    await succeed(tiny("seed/vae-8", dir, ...more), count ? { LP_NUM_THREADS: count } : undefined);
    found[i] = sha256(join(dir, "model.safetensors"));
  });
  assert.is(new Set(found.slice(0, 10)).size, 1);
  assert.is.not(found[10], found[0]);
});

test.run();
