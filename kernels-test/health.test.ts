import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Dataset, floatRows } from "../src/data/dataset.js";
import { drawGlyphs } from "../src/data/glyphs.js";
import { NotFiniteError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { debug } from "../src/gpu/modes.js";
import { elements } from "../src/ops/op.js";
import { RandomStream, streams } from "../src/random/philox.js";
import { checkConfig, type RunConfig } from "../src/train/config.js";
import type { Alarm, Health } from "../src/train/health.js";
import type { StepLosses } from "../src/train/losses.js";
import { Trainer } from "../src/train/trainer.js";
import { smallData, smallRuns, stepOf } from "./small-run.js";

const test = suite("health");
const device = await Device.open();

const floats = (dataset: Dataset): Dataset => ({ ...dataset, values: floatRows(dataset, 0, dataset.count) });

async function thrown(work: Promise<void>): Promise<NotFiniteError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  assert.instance(error, NotFiniteError);
  return error as NotFiniteError;
}

test("norms and latents are those of the last step, every 100 steps and at the end of an epoch", async () => {
  for (const clipNorm of [undefined, 0.5]) {
    const seen: Health[] = [];
    const losses: StepLosses[] = [];
    // 21 rows in batches of 2: 11 steps an epoch, the last of a single row.
    const config = { ...smallRuns.vae, batch: 2, ...(clipNorm && { clipNorm }) };
    const trainer = new Trainer(device, config, smallData(), {
      onHealth: (health) => seen.push(health),
      onSteps: (steps) => losses.push(...steps),
    });
    await trainer.run(100);
    const due = [11, 22, 33, 44, 55, 66, 77, 88, 99, 100];
    assert.equal(
      seen.map(({ step }) => step),
      due,
    );
    const gradient = new Float32Array(await trainer.program.readBuffer("gradient arena"));
    const norm = Math.hypot(...gradient);
    const { gradientNorm = 0, activeUnits } = seen.at(-1) as Health;
    if (clipNorm) assert.ok(Math.abs(norm - clipNorm) < 1e-4 && gradientNorm > norm, `${gradientNorm} of ${norm}`);
    else assert.ok(Math.abs(gradientNorm - norm) <= 1e-5 * norm, `${gradientNorm} and ${norm}`);
    for (const { step, klPerDim = [] } of seen) {
      const { kl } = losses[step - 1].terms;
      const sum = klPerDim.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - kl) <= 1e-5 * Math.max(1, kl), `step ${step}: ${sum} and ${kl}`);
    }
    // A single row's mu does not vary.
    assert.is(seen[0].activeUnits, 0);
    assert.type(activeUnits, "number");
    assert.equal(
      seen.flatMap(({ alarms }) => alarms),
      [],
    );
    trainer.dispose();
  }
});

test("a look takes no submission of its own", async () => {
  const trainer = new Trainer(device, smallRuns.vae, smallData());
  await trainer.run(99);
  const { submits, passes } = device.counters;
  const run = trainer.program.run.bind(trainer.program);
  const behind: boolean[] = [];
  trainer.program.run = (steps, program) => {
    const before = { ...device.counters };
    run(steps, program);
    behind.push(program !== undefined);
    assert.equal([device.counters.submits, device.counters.passes], [before.submits + 1, before.passes + 1]);
  };
  await trainer.run(100);
  assert.equal(behind, [true]);
  assert.ok(device.counters.submits > submits && device.counters.passes === passes + 1);
  trainer.dispose();
});

/** Runs the step that follows with a NaN in the gradients, between what makes them and the optimizer. */
async function poisonGradient(trainer: Trainer, at: number): Promise<void> {
  const { program, plan } = trainer;
  const update = plan.dispatches.findIndex(({ kernel }) => kernel.name.startsWith("optimizer/"));
  for (const [from, to] of [
    [0, update],
    [update, plan.dispatches.length],
  ]) {
    const encoder = program.begin([stepOf(trainer, trainer.step)]);
    const pass = encoder.beginComputePass();
    program.encode(pass, 0, from, to);
    pass.end();
    device.submit([encoder.finish()]);
    if (to === update)
      device.write(program.shared("gradient arena") as GPUBuffer, 4 * at, new Float32Array([Number.NaN]));
  }
}

test("R6: one NaN at each of 20 random places is reported within an interval of looks, by tensor and index", async () => {
  const random = new RandomStream(29, streams.test);
  const data = floats(smallData());
  // An epoch of 11 steps, and a look at the end of each.
  const [config, interval] = [{ ...smallRuns.vae, batch: 2 }, 11];
  const places = ["data", "weight", "gradient", "moment1", "moment2"] as const;
  for (let n = 0; n < 20; n++) {
    const trainer = new Trainer(device, config, data);
    const { parameters } = trainer.model;
    const from = 1 + random.below(25);
    await trainer.run(from);
    const place = places[n % 5];
    const { tensor } = parameters.all[random.below(parameters.all.length)];
    const index = random.below(elements(tensor.shape));
    const nan = new Float32Array([Number.NaN]);
    const at = place === "data" ? random.below(data.values.length) : (tensor.offset as number) + index;
    if (place === "data") trainer.program.write("data", nan, at);
    else if (place === "gradient") await poisonGradient(trainer, at);
    else device.write(trainer.program.shared(`${place} arena`) as GPUBuffer, 4 * at, nan);
    const error = await thrown(trainer.run(from + 5 * interval));
    assert.ok(
      error.step > from && error.step <= from + interval,
      `${place}: told at step ${error.step}, made at ${from}`,
    );
    if (place === "data") assert.equal([error.tensor, error.index, error.origin?.tensor], ["data", at, "data"]);
    else {
      const name = error.tensor.replace(/^moment\d\.|^d(?=encoder|decoder|statistics)/, "");
      const found = parameters.all.find((p) => p.tensor.name === name);
      assert.ok(name === "loss" || (found && error.index < elements(found.tensor.shape)), error.message);
      assert.is(error.origin, undefined, "no kernel made it");
    }
    trainer.dispose();
  }
});

test("the first kernel that makes a number that is not finite is named, with its step", async () => {
  const config: RunConfig = { ...smallRuns.vae, optimizer: { kind: "sgd", lr: 1000, momentum: 0.9 } };
  const told: Alarm[] = [];
  const trainer = new Trainer(device, config, smallData(), { onHealth: ({ alarms }) => told.push(...alarms) });
  const error = await thrown(trainer.run(300));
  const { origin } = error;
  const again = new Trainer(device, config, smallData());
  for (let step = 0; ; step++) {
    const fault = await debug(again.program, stepOf(again, step));
    if (!fault) continue;
    const { kernel, label, tensor, index } = fault;
    assert.equal(origin, { step: step + 1, tensor, index, kernel, label });
    break;
  }
  assert.match(
    error.message,
    new RegExp(`first kernel to make one was ${origin?.kernel} \\(.*at step ${origin?.step}\\.`),
  );
  assert.equal(told, [{ kind: "notFinite", text: error.message }]);
  for (const t of [trainer, again]) t.dispose();
});

const glyphs = drawGlyphs(640);
const vae = (more: Record<string, unknown>): RunConfig =>
  checkConfig({
    model: { kind: "vae", inputShape: [1, 28, 28], hiddenDims: [24], latentDim: 4, reconstructionLoss: "bce" },
    data: "builtin:glyphs",
    batch: 20,
    epochs: 1,
    seed: 0,
    optimizer: { kind: "adam", lr: 2e-3 },
    reduction: "batchMean",
    ...more,
  });
const vq = (quantizer: Record<string, unknown>): RunConfig =>
  vae({
    model: {
      kind: "vq-vae",
      inputShape: [1, 28, 28],
      channels: [4, 8],
      residualChannels: 4,
      quantizer: { kind: "codebook", numEmbeddings: 32, embeddingDim: 8, ...quantizer },
      reconstructionLoss: "mse",
    },
  });

const runs: Readonly<Record<string, readonly [config: RunConfig, steps: number, kinds: readonly Alarm["kind"][]]>> = {
  "a KL that weighs a hundred times": [vae({ beta: 100 }), 320, ["posteriorCollapse"]],
  "a mean over elements beside a whole KL": [vae({ reduction: "elementMean" }), 320, ["lossScale"]],
  "codes far from all latents": [vq({ initBound: 50 }), 128, ["deadCodes"]],
  "steps far too long": [vae({ optimizer: { kind: "sgd", lr: 1000 } }), 320, ["notFinite"]],
  "a healthy VAE": [vae({}), 320, []],
  "a healthy VQ-VAE": [vq({ useEma: true, decay: 0.9, kmeansInit: true, deadCodeThreshold: 0.5 }), 128, []],
};

for (const [name, [config, steps, kinds]] of Object.entries(runs))
  test(`${name} ${kinds.length > 0 ? "raises its own alarm and no other" : "raises none"}`, async () => {
    const seen = new Map<string, string>();
    const trainer = new Trainer(device, config, glyphs, {
      onHealth: ({ alarms }) => {
        for (const { kind, text } of alarms) seen.set(kind, text);
      },
    });
    const end = await trainer.run(steps).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (kinds[0] === "notFinite") assert.instance(end, NotFiniteError);
    else assert.is(end, undefined);
    assert.equal([...seen.keys()], kinds, [...seen.values()].join("\n"));
    for (const text of seen.values()) assert.match(text, /(set|lower|start anew|new run)/);
    trainer.dispose();
  });

test.after(() => device.dispose());
test.run();
