import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadRun, RunFolder } from "../src/cli/run-folder.js";
import type { CliEnded } from "./run-cli.js";
import { cli, inPairs, pause, startCli, tiny } from "./run-cli.js";

const test = suite("signals");
const base = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
test.after(() => rmSync(base, { recursive: true }));

const codes = { SIGINT: 130, SIGTERM: 143 } as const;
const names = Object.keys(codes) as (keyof typeof codes)[];
const endless = (out: string): string[] => tiny("seed/vae-8", out, "--epochs", "1000000");

/** What a stopped run leaves: its checkpoint is at the step that its metrics end with. */
function assertCheckpoint(dir: string, { lines }: CliEnded): number {
  const state = new RunFolder(dir).readState();
  assert.ok(state, lines.join("\n"));
  loadRun(dir);
  const metrics = readFileSync(join(dir, "metrics.jsonl"), "utf8").trim().split("\n");
  const last = metrics.at(-1) ?? "";
  assert.is(last === "" ? 0 : JSON.parse(last).step, state?.step);
  return state?.step ?? 0;
}

test("R20: SIGINT and SIGTERM while it trains: a checkpoint, the shell's exit code, within one step and 2 s", async () => {
  const at: number[] = [];
  await inPairs(
    Array.from({ length: 100 }, (_, i) => i),
    async (i) => {
      const name = names[i % 2] as keyof typeof codes;
      const dir = join(base, `train-${i}`);
      const { child, ended } = startCli([...endless(dir), "--data", "builtin:glyphs?rows=5000", "--json"]);
      const metrics = join(dir, "metrics.jsonl");
      while (!(existsSync(metrics) && statSync(metrics).size > 0) && child.exitCode === null) await pause(5);
      await pause(700 * Math.random());
      const sent = performance.now();
      child.kill(name);
      const end = await ended;
      const ms = performance.now() - sent;
      assert.is(`${end.code} ${end.signal}`, `${codes[name]} null`, end.lines.join("\n"));
      assert.ok(ms < 2500, `${ms} ms`);
      const step = assertCheckpoint(dir, end);
      at.push(step);
      const told = JSON.parse(end.stdout);
      assert.equal([told.step, told.stopped, told.done], [step, name, false]);
    },
  );
  assert.ok(new Set(at).size > 3, `stopped at ${at}`);
});

test("R20: SIGINT and SIGTERM at any moment from the start on: no crash, and what is there is whole", async () => {
  await inPairs(
    Array.from({ length: 90 }, (_, i) => i),
    async (i) => {
      const name = names[i % 2] as keyof typeof codes;
      const dir = join(base, `start-${i}`);
      const { child, ended } = startCli(endless(dir));
      await pause(150 * (i % 10) + 150 * Math.random());
      child.kill(name);
      const end = await ended;
      // Before the program's first line runs, a signal does what it always does.
      const early = end.signal === name && end.lines.length === 0 && !existsSync(dir);
      assert.ok(early || end.code === codes[name], `${end.code} ${end.signal}: ${end.lines.join("\n")}`);
      if (existsSync(dir)) assertCheckpoint(dir, end);
    },
  );
});

test("a second signal soon after, as npm sends it, changes nothing", async () => {
  const dir = join(base, "twice");
  const { child, ended, said } = startCli(endless(dir));
  await said("epoch 1/");
  child.kill("SIGINT");
  child.kill("SIGINT");
  await pause(5);
  child.kill("SIGINT");
  const end = await ended;
  assert.is(`${end.code} ${end.signal}`, "130 null", end.lines.join("\n"));
  assertCheckpoint(dir, end);
});

test("R20: the end of the work and an error end the process by themselves", async () => {
  await inPairs([0, 1, 2, 3], async (i) => {
    const out = join(base, `end-${i}`);
    const more = i % 2 === 0 ? [] : ["--set", 'optimizer={"kind":"sgd","lr":1000}'];
    const { code, signal, lines } = await cli(tiny("seed/vae-20", out, "--steps", "20", ...more));
    assert.is(`${code} ${signal}`, i % 2 === 0 ? "0 null" : "1 null", lines.join("\n"));
    if (i % 2 === 1) assert.match(lines.at(-1) ?? "", /is not finite at step \d+\./);
  });
});

test.run();
