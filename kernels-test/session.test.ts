// On one adapter: what a session does about a lost GPU is its own work; in a page sentences.test loses one.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DeviceLostError, InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { RandomStream, streams } from "../src/random/philox.js";
import { train } from "../src/train/platform/node.js";
import { decodeRun, type RunFiles } from "../src/train/run-files.js";
import { type SessionOptions, TrainSession } from "../src/train/session.js";
import { taskOf } from "../src/train/tasks.js";
import { caught } from "./caught.js";
import { smallData, smallRuns } from "./small-run.js";

const test = suite("session");
/** 21 rows, batches of 8: 3 steps an epoch. */
const config = { ...smallRuns.vae, steps: 90 };
const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** A session with its losses, and the devices that it opened. */
function watched(options: Partial<SessionOptions<never>> = {}) {
  const devices: Device[] = [];
  const losses: string[] = [];
  const epochs: number[] = [];
  const logs: string[] = [];
  const loggedAt: number[] = [];
  const session = new TrainSession(config, taskOf(config, smallData()), {
    open: async () => {
      const device = await Device.open();
      devices.push(device);
      return device;
    },
    onStepEnd: ({ step, loss, terms }) => losses.push(`${step} ${loss} ${Object.values(terms)}`),
    onEpochEnd: ({ epoch }) => epochs.push(epoch),
    onLog: (text) => {
      logs.push(text);
      loggedAt.push(performance.now());
    },
    ...(options as object),
  });
  return { session, devices, losses, epochs, logs, loggedAt };
}

const straight = watched();
const want = await straight.session.run();
const same = (a: RunFiles, b: RunFiles): void => assert.equal({ ...a }, { ...b });

test("tells of each step and epoch once, in order, and gives the run's files", () => {
  assert.is(straight.losses.length, 90);
  assert.equal(
    straight.epochs,
    Array.from({ length: 30 }, (_, i) => i + 1),
  );
  const saved = decodeRun(want);
  assert.equal(saved.config, config);
  assert.is(saved.state?.step, 90);
});

/** A new device compiles its kernels anew: seconds on the slowest adapter. */
const moments = straight.devices[0].profile.class === "swiftshader" ? 5 : 20;

test("a GPU lost at random moments: the same losses and the same bits, on a new one", async () => {
  const random = new RandomStream(11, streams.test);
  const spans: number[] = [];
  for (let i = 0; i < moments; i++) {
    const { session, devices, losses, epochs, logs, loggedAt } = watched({ recover: true, snapshotEvery: 7 });
    const running = session.run();
    const at = random.below(90);
    while (devices.length === 0 || losses.length < at) await sleep(0);
    await sleep(random.uniform() * 5);
    devices.at(-1)?.handle.destroy(); // behind the library's back; it waits for the submit under way
    const started = performance.now();
    same(await running, want);
    if (loggedAt.length > 0) spans.push(loggedAt[0] - started);
    assert.equal(losses, straight.losses, `lost at about step ${at}`);
    assert.equal(epochs, straight.epochs);
    for (const log of logs)
      assert.match(log, /^The GPU was lost at step \d+ \(.+\); going on from step \d+ on a new one\.$/);
  }
  assert.ok(spans.length >= 0.7 * moments, `${spans.length} of ${moments} were lost before their end`);
  console.log(`\ntold: ${spans.length} losses of the GPU were told of within ${Math.max(...spans).toFixed(0)} ms`);
  assert.ok(Math.max(...spans) <= 2000, `${Math.max(...spans)} ms until the loss was told`);
});

test("without recover a loss ends training with its reason, and whatever waits", async () => {
  const { session, devices, losses } = watched();
  const running = session.run();
  while (losses.length < 10) await sleep(0);
  session.pause();
  await sleep(20);
  const started = performance.now();
  devices[0].handle.destroy();
  const saving = caught(() => session.save());
  const error = await caught(() => running);
  assert.instance(error, DeviceLostError);
  assert.match((error as DeviceLostError).reason, /destroyed/);
  assert.instance(await saving, DeviceLostError);
  assert.instance(await caught(() => session.save()), DeviceLostError);
  assert.ok(performance.now() - started < 2000);
});

test("a loss while paused, with nobody asking, ends training too", async () => {
  const { session, devices, losses } = watched();
  const running = caught(() => session.run());
  while (losses.length < 10) await sleep(0);
  session.pause();
  await sleep(50);
  devices[0].handle.destroy();
  assert.instance(await Promise.race([running, sleep(2000)]), DeviceLostError);
});

test("a GPU that is lost again and again is given up", async () => {
  let opened = 0;
  const { session } = watched({
    recover: true,
    open: async () => {
      opened++;
      const device = await Device.open();
      device.handle.destroy();
      return device;
    },
  });
  assert.instance(await caught(() => session.run()), DeviceLostError);
  assert.is(opened, 4);
});

test("pause, save and stop act between two submits, and the rest follows from the saved state", async () => {
  const { session, losses } = watched();
  const running = session.run();
  while (losses.length < 20) await sleep(0);
  session.pause();
  await sleep(50);
  const paused = losses.length;
  const files = await session.save();
  await sleep(50);
  assert.is(losses.length, paused, "a save while paused goes on by itself");
  assert.is(decodeRun(files).state?.step, paused);
  session.resume();
  while (losses.length < paused + 5) await sleep(0);
  session.stop();
  const end = decodeRun(await running).state?.step as number;
  assert.ok(end >= paused + 5 && end < 90);
  same(await session.save(), await running);
  for (const from of [files, await running]) {
    const rest = watched({ state: decodeRun(from).state });
    same(await rest.session.run(), want);
    const { step = 0 } = decodeRun(from).state ?? {};
    assert.equal(rest.losses, straight.losses.slice(step));
  }
});

test("train: by a config alone, with data, from a state; what is wrong comes through done", async () => {
  const saves: RunFiles[] = [];
  const begun: number[] = [];
  const first = train(
    { ...config, saveEvery: 30 },
    {
      data: smallData(),
      onSave: (files) => saves.push(files),
      onTrainBegin: ({ total, stepsPerEpoch }) => begun.push(total, stepsPerEpoch),
    },
  );
  assert.equal((await first.done)["model.safetensors"], want["model.safetensors"]);
  assert.equal(begun, [90, 3]);
  assert.equal(
    saves.map((files) => decodeRun(files).state?.step),
    [30, 60, 90],
  );
  const second = train(config, { data: smallData(), state: saves[0]["state.safetensors"] });
  same(await second.done, want);
  const digits = { ...config, data: "builtin:glyphs?rows=64", model: { ...config.model, inputShape: [1, 28, 28] } };
  const stopped = train(digits);
  stopped.stop();
  assert.is(decodeRun(await stopped.done).state?.step, 0);
  for (const [bad, message] of [
    [{ ...config, batch: 0 }, /batch/],
    [{ ...config, data: "builtin:glyfs" }, /glyphs/],
    [{ ...config, model: { ...config.model, inputShape: [1, 5, 5] } }, /1,5,5/],
  ] as const) {
    const { done } = train(bad as never, { ...(bad.data === "small" && { data: smallData() }) });
    const error = await caught(() => done);
    assert.instance(error, InputError);
    assert.match(error.message, message);
  }
});

test.run();
