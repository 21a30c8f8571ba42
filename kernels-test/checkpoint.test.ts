import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadRun, RunFolder } from "../src/cli/run-folder.js";
import { InputError } from "../src/errors.js";
import { createModel } from "../src/models/index.js";
import type { RunConfig } from "../src/train/config.js";
import { presetConfig } from "../src/train/presets.js";
import type { TrainState } from "../src/train/state.js";
import { inPairs, pause, startCli } from "./run-cli.js";

const test = suite("checkpoint");
const base = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
test.after(() => rmSync(base, { recursive: true }));

/** Runs `work` and gives what it wrote to standard error. */
function listen<T>(work: () => T): { value: T; said: string } {
  const { write } = process.stderr;
  let said = "";
  process.stderr.write = ((text: string) => {
    said += text;
    return true;
  }) as typeof write;
  try {
    return { value: work(), said };
  } finally {
    process.stderr.write = write;
  }
}

const howMany = (step: number, arena: Float32Array | undefined): number => arena?.filter((v) => v === step).length ?? 0;

test("R33: killed at 50 random moments while it saves: what was saved loads, whole, the newest without a fallback", async () => {
  const steps: number[] = [];
  await inPairs(
    Array.from({ length: 50 }, (_, i) => join(base, `kill-${i}`)),
    async (dir) => {
      const { child, ended } = startCli([dir], { program: "checkpoint" });
      while (!existsSync(join(dir, "state.safetensors")) && child.exitCode === null) await pause(1);
      await pause(60 * Math.random());
      child.kill("SIGKILL");
      assert.is((await ended).signal, "SIGKILL");
      const { value: state, said } = listen(() => new RunFolder(dir).readState() as TrainState);
      assert.is(said, "");
      const { count, arenaLength } = createModel(presetConfig("seed/ae-32").model).parameters;
      for (const name of ["weight", "moment1", "moment2"])
        assert.is(howMany(state.step, state.arenas.get(name)), arenaLength, `${name} of step ${state.step}`);
      assert.is(state.epochSums.loss, state.step);
      const run = listen(() => loadRun(dir));
      assert.is(run.said, "");
      const weight = run.value.arenas.weight[0] as number;
      // Weights are written before the state.
      assert.ok(weight === state.step || weight === state.step + 1, `weights of ${weight}, state of ${state.step}`);
      assert.is(howMany(weight, run.value.arenas.weight), count);
      steps.push(state.step);
      rmSync(dir, { recursive: true });
    },
  );
  assert.ok(new Set(steps).size > 3, `killed at ${steps}`);
});

const small: RunConfig = {
  ...presetConfig("seed/ae-32"),
  model: { kind: "ae", inputShape: [1, 2, 2], hiddenDims: [], latentDim: 2, reconstructionLoss: "mse" },
};
const model = createModel(small.model);
const stateOf = (step: number): TrainState => ({
  step,
  seed: 0,
  epochSums: { loss: step },
  arenas: new Map([["weight", new Float32Array(model.parameters.arenaLength).fill(step)]]),
});

/** A run with checkpoints of the steps 5 and 7. */
function twoCheckpoints(name: string): string {
  const dir = join(base, name);
  const folder = new RunFolder(dir);
  folder.writeConfig(small);
  folder.save(model, stateOf(5));
  folder.save(model, stateOf(7));
  return dir;
}

/** Damaged copies of a file: every length, and 500 bytes changed one at a time. */
function* damaged(bytes: Buffer): Generator<Buffer> {
  for (let length = 0; length < bytes.length; length += length < 64 ? 1 : 17) yield bytes.subarray(0, length);
  for (let i = 0; i < 500; i++) {
    const copy = Buffer.from(bytes);
    const at = Math.floor((i * bytes.length) / 500);
    copy[at] = (copy[at] as number) ^ (1 << (i % 8));
    yield copy;
  }
}

for (const name of ["state", "model"] as const) {
  test(`a truncated or changed ${name}.safetensors: the one before with a warning, or a refusal`, () => {
    const dir = twoCheckpoints(`damaged-${name}`);
    const [newest, previous] = [join(dir, `${name}.safetensors`), join(dir, `${name}.previous.safetensors`)];
    const [sound, before] = [readFileSync(newest), readFileSync(previous)];
    const load = (): number =>
      name === "state"
        ? (new RunFolder(dir).readState() as TrainState).step
        : (loadRun(dir).arenas.weight[0] as number);
    assert.equal(listen(load), { value: 7, said: "" });
    let cases = 0;
    for (const bytes of damaged(sound)) {
      cases++;
      writeFileSync(newest, bytes);
      writeFileSync(previous, before);
      const { value, said } = listen(load);
      assert.is(value, 5);
      assert.match(said, /^latentgpu: .*Going on from .*previous\.safetensors, the checkpoint before\.\n$/);
      rmSync(previous);
      assert.throws(load, (error: Error) => error instanceof InputError && error.message.includes(newest));
    }
    assert.ok(cases > 550);
    rmSync(newest);
    writeFileSync(previous, before);
    assert.is(listen(load).value, 5);
  });
}

test("a damaged checkpoint never takes the place of the sound one before", () => {
  const dir = twoCheckpoints("rotate");
  writeFileSync(join(dir, "state.safetensors"), "damaged");
  writeFileSync(join(dir, "model.safetensors"), "damaged");
  const folder = new RunFolder(dir);
  listen(() => folder.readState());
  folder.save(model, stateOf(6));
  const older = join(base, "older");
  cpSync(dir, older, { recursive: true });
  for (const name of ["state", "model"]) rmSync(join(older, `${name}.safetensors`));
  assert.is(listen(() => new RunFolder(older).readState()?.step).value, 5);
  assert.is(listen(() => loadRun(older).arenas.weight[0]).value, 5);
  assert.equal(
    listen(() => new RunFolder(dir).readState()?.step),
    { value: 6, said: "" },
  );
});

test("the last two checkpoints are kept, and a step that is saved twice does not push the other out", () => {
  const dir = twoCheckpoints("two");
  const folder = new RunFolder(dir);
  folder.readState();
  folder.save(model, stateOf(7));
  rmSync(join(dir, "state.safetensors"));
  assert.is(listen(() => new RunFolder(dir).readState()?.step).value, 5);
});

test.run();
