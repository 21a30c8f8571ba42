import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Device } from "../src/gpu/device.js";
import { debug, profile, profileTable } from "../src/gpu/modes.js";
import type { Line } from "../src/gpu/program.js";
import { Program } from "../src/gpu/program.js";
import { firstDivergence } from "../src/graph/divergence.js";
import { Interpreter } from "../src/graph/interpret.js";
import { elements } from "../src/ops/op.js";
import { RING_WIDTH } from "../src/ops/total.js";
import type { StepLosses } from "../src/train/losses.js";
import type { Trainer } from "../src/train/trainer.js";
import { references } from "./ref/index.js";
import { sideBySide, smallRuns, stepOf } from "./small-run.js";

const device = await Device.open();
const test = suite("GPU beside the interpreter");

/** Where a parameter begins in the arena. */
const offsetOf = (trainer: Trainer, name: string): number =>
  trainer.model.parameters.all.find((p) => p.tensor.name === name)?.tensor.offset ?? Number.NaN;

const near = (got: number, want: number, scale: number, what: string): void =>
  assert.ok(Math.abs(got - want) <= 1e-4 * scale, `${what} is ${got} on the GPU and ${want} in float64`);

for (const [kind, config] of Object.entries(smallRuns))
  test(`ten losses of ${kind} and its weights after them, within 1e-4`, async () => {
    const losses: StepLosses[] = [];
    const options = { onSteps: (steps: readonly StepLosses[]) => losses.push(...steps) };
    const { trainer, interpreter } = await sideBySide(device, config, references, options);
    await trainer.run(10);
    for (let step = 0; step < 10; step++) {
      interpreter.run(stepOf(trainer, step));
      const [loss, recon, kl] = interpreter.values("ring").subarray(step * RING_WIDTH);
      near(losses[step].loss, loss, loss, `loss ${step}`);
      near(losses[step].terms.recon, recon, recon, `recon ${step}`);
      if (kind === "vae") near(losses[step].terms.kl, kl, kl, `kl ${step}`);
    }
    const arena = new Float32Array(await trainer.program.readBuffer("weight arena"));
    const twin = interpreter.values("weight arena");
    for (const { tensor } of trainer.model.parameters.all) {
      const from = tensor.offset as number;
      const to = from + elements(tensor.shape);
      const largest = Math.max(...twin.subarray(from, to).map(Math.abs));
      for (let i = from; i < to; i++) near(arena[i], twin[i], largest, `${tensor.name}[${i - from}]`);
    }
    trainer.dispose();
  });

for (const [kind, config] of Object.entries(smallRuns))
  test(`firstDivergence finds nothing in three steps of ${kind}`, async () => {
    const { trainer, interpreter } = await sideBySide(device, config);
    for (let step = 0; step < 3; step++)
      assert.equal(await firstDivergence(trainer.program, interpreter, stepOf(trainer, step)), undefined);
    trainer.dispose();
  });

test("firstDivergence names a weight that one side alone has", async () => {
  const { trainer, interpreter } = await sideBySide(device, smallRuns.vae);
  const arena = new Float32Array(await trainer.program.readBuffer("weight arena"));
  arena[offsetOf(trainer, "decoder.0.weight") + 7] += 1e-3;
  trainer.program.writeBuffer("weight arena", arena);
  const found = await firstDivergence(trainer.program, interpreter, stepOf(trainer, 0));
  assert.is(found?.side, "input");
  assert.is(found?.label, "decoder.0");
  assert.is(found?.tensor, "decoder.0.weight");
  assert.is(found?.index, 7);
  trainer.dispose();
});

test("firstDivergence names a kernel that is wrong by little", async () => {
  const wrong = {
    ...references,
    "reparameterize/grad-stats": (env: Parameters<(typeof references)[string]>[0]) => {
      references["reparameterize/grad-stats"](env);
      env.out.dstats.value[3] *= 1 + 1e-4;
    },
  };
  const { trainer, interpreter } = await sideBySide(device, smallRuns.vae, wrong);
  const found = await firstDivergence(trainer.program, interpreter, stepOf(trainer, 0));
  assert.is(found?.side, "output");
  assert.is(found?.kernel, "reparameterize/grad-stats");
  assert.is(found?.index, 3);
  trainer.dispose();
});

test("firstDivergence names a dispatch whose sizes are wrong on the GPU", async () => {
  const { trainer } = await sideBySide(device, smallRuns.ae);
  const { plan } = trainer;
  const at = plan.dispatches.findIndex((d) => d.label === "decoder.2" && d.kernel.twin === "linear/forward");
  const { kernel, sizesOffset, sizes } = plan.dispatches[at];
  const field = kernel.sizes.findIndex((f) => f.name === "I");
  const view = new DataView(plan.sizesData.buffer);
  view.setUint32(sizesOffset + 4 * field, sizes.I - 1, true);
  const program = new Program(device, plan, [trainer.program]);
  const interpreter = new Interpreter(plan, references, trainer.model.parameters.arenaLength);
  interpreter.write("data", (await program.read("data")) as Uint8Array);
  interpreter.write("weight arena", new Float32Array(await program.readBuffer("weight arena")));
  const found = await firstDivergence(program, interpreter, stepOf(trainer, 0));
  assert.is(found?.dispatch, at);
  assert.is(found?.side, "output");
  program.dispose();
  trainer.dispose();
});

test("debug finds nothing where nothing is wrong, and trains as run does", async () => {
  const { trainer } = await sideBySide(device, smallRuns.vae);
  const { trainer: other } = await sideBySide(device, smallRuns.vae);
  for (let step = 0; step < 2; step++) {
    assert.is(await debug(trainer.program, stepOf(trainer, step)), undefined);
    other.program.run([stepOf(other, step)]);
  }
  assert.equal(await trainer.program.readBuffer("weight arena"), await other.program.readBuffer("weight arena"));
  trainer.dispose();
  other.dispose();
});

test("debug names the first dispatch that writes what is not finite, with tensor and index", async () => {
  const { trainer } = await sideBySide(device, smallRuns.vae);
  const arena = new Float32Array(await trainer.program.readBuffer("weight arena"));
  arena[offsetOf(trainer, "statistics.bias") + 5] = Number.NaN;
  trainer.program.writeBuffer("weight arena", arena);
  const fault = await debug(trainer.program, stepOf(trainer, 0));
  assert.is(fault?.label, "statistics");
  assert.is(fault?.tensor, "statistics");
  assert.is(fault?.index, 5);
  assert.ok(Number.isNaN(fault?.value));
  trainer.dispose();
});

test("debug tells of a weight by its own name where the optimizer spoils the arena", async () => {
  const { trainer } = await sideBySide(device, smallRuns.ae);
  const fault = await debug(trainer.program, { ...stepOf(trainer, 0), lr: Number.POSITIVE_INFINITY });
  assert.is(fault?.kernel, "optimizer/adam.vec4");
  assert.ok(
    trainer.model.parameters.all.some((p) => p.tensor.name === fault?.tensor),
    `${fault?.tensor} is no parameter`,
  );
  trainer.dispose();
});

test("debug tells what the driver refuses, and the device goes on", async () => {
  const { trainer } = await sideBySide(device, smallRuns.ae);
  const lines = trainer.program.lines as Line[];
  lines[2] = { ...lines[2], grid: [70_000, 1, 1] };
  const fault = await debug(trainer.program, stepOf(trainer, 0));
  assert.is(fault?.dispatch, 2);
  assert.match(fault?.error ?? "", /70000/);
  await device.idle();
  trainer.dispose();
});

test("profile times every dispatch by the GPU's clock or the wall's, and trains as run does", async () => {
  const plain = await Device.open({ features: [] });
  for (const [on, clock] of [
    [device, device.features.has("timestamp-query") ? "timestamps" : "wall"],
    [plain, "wall"],
  ] as const) {
    const { trainer } = await sideBySide(on, smallRuns.vae);
    const { trainer: other } = await sideBySide(on, smallRuns.vae);
    const report = await profile(
      trainer.program,
      [0, 1].map((s) => stepOf(trainer, s)),
    );
    other.program.run([0, 1].map((s) => stepOf(other, s)));
    assert.is(report.clock, clock);
    assert.is(report.steps, 2);
    assert.equal(
      report.rows.map((r) => [r.kernel, r.label]),
      trainer.plan.dispatches.map((d) => [d.kernel.name, d.label]),
    );
    const sum = (of: "ms" | "share") => report.rows.reduce((s, r) => s + r[of], 0);
    assert.ok(sum("ms") > 0 && sum("ms") < 10_000);
    assert.ok(Math.abs(sum("share") - 1) < 1e-9);
    assert.ok(report.rows.every((r) => r.ms >= 0 && Number.isFinite(r.ms)));
    assert.is(profileTable(report).split("\n").length, report.rows.length + 1);
    assert.equal(await trainer.program.readBuffer("weight arena"), await other.program.readBuffer("weight arena"));
    trainer.dispose();
    other.dispose();
  }
  await plain.dispose();
});

test.run();
