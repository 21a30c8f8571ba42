import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawGlyphs } from "../src/data/glyphs.js";
import { Device } from "../src/gpu/device.js";
import { checkConfig } from "../src/train/config.js";
import { Trainer } from "../src/train/trainer.js";

// What is resident and still in use: V8 may keep tens of megabytes of garbage for a while, and it doubles its young
// generation, up to 32 MB, after enough work of any kind. Neither is a leak, and either would hide one.
setFlagsFromString("--expose-gc");
setFlagsFromString("--semi-space-growth-factor=1");
const gc = runInNewContext("gc") as () => void;
/** Collects, gives the platform's threads time to hand pages back, and collects what that set free. */
async function collect(): Promise<void> {
  gc();
  await new Promise((done) => setTimeout(done, 300));
  gc();
}
const device = await Device.open();
const data = drawGlyphs(256, 0, 0);
/** As many rows as MNIST: what is resident in a real run. */
const many = drawGlyphs(60_000, 0, 0);
const config = (more: Record<string, unknown> = {}) =>
  checkConfig({
    model: { kind: "vae", inputShape: [1, 28, 28], hiddenDims: [32], latentDim: 4, reconstructionLoss: "bce", ...more },
    data: "builtin:glyphs",
    batch: 32,
    epochs: 1,
    seed: 0,
    optimizer: { kind: "adam", lr: 1e-3 },
    reduction: "sum",
  });

const test = suite("memory");

test("after step 2 no buffer, bind group or pipeline is made", async () => {
  const trainer = new Trainer(device, config(), data);
  await trainer.run(2);
  const before = { ...device.counters };
  const live = { ...device.memory };
  await trainer.run(150);
  for (const key of ["buffers", "bindGroups", "pipelines"] as const) assert.is(device.counters[key], before[key], key);
  assert.equal(device.memory, live);
  trainer.dispose();
});

test("a second model compiles only the kernels that it is first to use", async () => {
  const before = device.counters.pipelines;
  const deeper = new Trainer(device, config({ hiddenDims: [48, 24], latentDim: 8 }), data);
  assert.is(device.counters.pipelines, before, "a deeper model of the same layers needs no pipeline");
  const other = new Trainer(device, config({ activation: "elu" }), data);
  const made = device.counters.pipelines - before;
  assert.ok(made >= 1 && made <= 3, `another activation needed ${made} pipelines`);
  deeper.dispose();
  other.dispose();
});

test("disposing gives every buffer back", () => {
  const { liveBuffers, liveBytes } = device.memory;
  new Trainer(device, config(), data).dispose();
  assert.equal(device.memory, { liveBuffers, liveBytes });
});

// R19 is a longer run on demand: LATENTGPU_LONG=1.
const long = process.env.LATENTGPU_LONG === "1";
if (!long) console.log("skipped: resident memory over 10,000 steps (LATENTGPU_LONG=1 runs it)");

test("resident memory stays within 5 %: 2,000 steps against 200, on demand 10,000 against 1,000", async () => {
  const trainer = new Trainer(device, config({ hiddenDims: [16], latentDim: 4 }), many);
  const live = { ...device.memory };
  const rss = new Map<number, number>();
  for (const steps of long ? [200, 1000, 2000, 10_000] : [200, 2000]) {
    await trainer.run(steps);
    await collect();
    rss.set(steps, process.memoryUsage().rss);
  }
  console.log([...rss].map(([steps, bytes]) => `${steps} steps: ${(bytes / 1e6).toFixed(1)} MB`).join(", "));
  const within = (late: number, early: number) => {
    const [grown, was] = [rss.get(late) as number, rss.get(early) as number];
    assert.ok(grown <= 1.05 * was, `${was} bytes after ${early} steps, ${grown} after ${late}`);
  };
  within(2000, 200);
  if (long) within(10_000, 1000);
  assert.equal(device.memory, live);
  trainer.dispose();
});

test.after(() => device.dispose());
test.run();
