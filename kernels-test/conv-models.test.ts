import { suite } from "uvu";
import * as assert from "uvu/assert";
import { floatRows } from "../src/data/dataset.js";
import { Device } from "../src/gpu/device.js";
import { Interpreter } from "../src/graph/interpret.js";
import type { ConvConfig } from "../src/models/config.js";
import type { createModel } from "../src/models/index.js";
import { Runner } from "../src/models/runner.js";
import type { TorchTensor } from "../src/models/torch-layout.js";
import { fromTorch, toTorch } from "../src/models/torch-layout.js";
import { elements } from "../src/ops/op.js";
import type { RunConfig } from "../src/train/config.js";
import type { StepLosses } from "../src/train/losses.js";
import { Trainer } from "../src/train/trainer.js";
import { bars, refusal, runOf, small, stored } from "./conv-run.js";
import { normals, uniforms } from "./golden/draws.js";
import { references } from "./ref/index.js";
import { stepOf } from "./small-run.js";

const device = await Device.open();
const test = suite("convolutional models");

/** The weights of conv-losses.json's doc. */
function weightsOf(model: ReturnType<typeof createModel>): Float32Array {
  const u = uniforms(2);
  const { parameters } = model;
  const state = toTorch(parameters, new Float32Array(parameters.arenaLength));
  const drawn = new Map<string, TorchTensor>();
  for (const [name, { shape }] of [...state].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const vector = shape.length === 1;
    const scale = vector ? 0.1 : 1.5 / Math.sqrt(elements(shape.slice(1)));
    const middle = vector && name.endsWith("weight") ? 1 : 0;
    drawn.set(name, {
      shape,
      data: Float32Array.from({ length: elements(shape) }, () => middle + scale * (2 * u() - 1)),
    });
  }
  for (const { tensor } of parameters.statistics)
    drawn.set(tensor.name, { shape: tensor.shape, data: new Float32Array(elements(tensor.shape)) });
  return fromTorch(parameters, drawn, "the twin").weight;
}

for (const { name, lr, model, losses } of stored.runs)
  test(`ten Adam steps of ${name} follow PyTorch and the interpreter`, async () => {
    const dataset = bars(model.inputShape);
    const seen: StepLosses[] = [];
    const trainer = new Trainer(device, runOf(model, { optimizer: { kind: "adam", lr } }), dataset, {
      given: "eps",
      onSteps: (s) => seen.push(...s),
    });
    try {
      const { parameters, latentDim } = trainer.model;
      const weights = weightsOf(trainer.model);
      trainer.program.writeBuffer("weight arena", weights);
      const interpreter = new Interpreter(trainer.plan, references, parameters.arenaLength);
      interpreter.write("data", dataset.values);
      interpreter.write("weight arena", weights);
      if (parameters.statisticsLength > 0)
        for (const { tensor, init } of parameters.statistics)
          interpreter.memoryOf(tensor).fill(init.kind === "ones" ? 1 : 0);
      const eps = normals(3);
      const twin: number[] = [];
      for (let step = 0; step < stored.steps; step++) {
        const drawn = Float32Array.from({ length: stored.batch * latentDim }, eps);
        trainer.program.write("eps", drawn);
        interpreter.write("eps", drawn);
        const values = stepOf(trainer, step);
        interpreter.run(values);
        twin.push(interpreter.values("ring")[8 * values.slot] as number);
        await trainer.run(step + 1);
      }
      assert.is(seen.length, losses.length);
      assert.ok(losses[9] < 0.99 * losses[0], "the losses do not fall");
      const close = (want: number, got: number, limit: number, what: string): void =>
        assert.ok(Math.abs(got - want) <= limit * Math.abs(want), `${what}: ${got} for ${want}`);
      seen.forEach(({ loss }, i) => {
        close(losses[i], loss, 1e-3, `step ${i}, PyTorch`);
        close(twin[i], loss, 1e-4, `step ${i}, interpreter`);
      });
      if (parameters.statisticsLength > 0) {
        const learnt = new Float32Array(await trainer.program.readBuffer("statistics arena"));
        for (const { tensor, init } of parameters.statistics) {
          const want = interpreter.memoryOf(tensor);
          assert.ok(want[0] !== (init.kind === "ones" ? 1 : 0), `${tensor.name} stands still`);
          want.forEach((w, i) => {
            assert.ok(
              Math.abs(learnt[(tensor.offset ?? 0) + i] - w) <= 1e-4 * Math.max(1, Math.abs(w)),
              `${tensor.name}[${i}]: ${learnt[(tensor.offset ?? 0) + i]} for ${w}`,
            );
          });
        }
      }
    } finally {
      trainer.dispose();
    }
  });

test("a config that does not fit is refused in one sentence with the remedy", () => {
  const bad: [Partial<Record<keyof ConvConfig | "hiddenDims", unknown>>, string][] = [
    [{ inputShape: [3, 9, 12] }, "take --resize 12x8"],
    [{ inputShape: [3, 8, 1] }, "take --resize 4x8"],
    [{ strides: [2] }, "model.strides has 1 values and model.channels 2"],
    [{ strides: [2, 4] }, "model.strides[1] is 4"],
    [{ channels: [] }, "model.channels"],
    [{ norm: "layer" }, 'allowed: "none", "batch", "group"'],
    [{ hiddenDims: [3] }, "channels and hiddenDims"],
  ];
  for (const [more, part] of bad) {
    const text = refusal(() => runOf({ ...small, ...more } as ConvConfig));
    assert.ok(text.includes(part), text);
    assert.match(text, /^[^\n]*[.?]$/);
  }
});

for (const kind of ["ae", "dae"] as const)
  test(`a convolutional ${kind} learns, with a short last batch, any number of rows and odd channels`, async () => {
    const model: ConvConfig = { ...small, kind, norm: "group", strides: [1, 2], residualBlocks: 1 };
    const data = bars(model.inputShape, 21);
    const more: Partial<RunConfig> = kind === "dae" ? { corruption: { kind: "masking", p: 0.3 } } : {};
    const seen: StepLosses[] = [];
    const trainer = new Trainer(device, runOf(model, { ...more, batch: 8 }), data, {
      onSteps: (s) => seen.push(...s),
    });
    const runner = new Runner(device, trainer.model, trainer.program);
    try {
      await trainer.run(60);
      assert.is(seen[2]?.rows, 5);
      const mean = (part: StepLosses[]): number => part.reduce((n, s) => n + s.loss, 0) / part.length;
      assert.ok(
        mean(seen.slice(-3)) < 0.6 * mean(seen.slice(0, 3)),
        `${mean(seen.slice(0, 3))} ${mean(seen.slice(-3))}`,
      );
      const images = floatRows(data, 0, 21);
      const codes = await runner.encode(images);
      assert.is(codes.length, 21 * 4);
      const again = await runner.encode(images.slice(20 * trainer.model.width));
      assert.equal([...again], [...codes.slice(20 * 4)], "a row's code depends on its neighbours");
      assert.is((await runner.decode(codes)).length, images.length);
    } finally {
      runner.dispose();
      trainer.dispose();
    }
  });

test("a checkpoint keeps batch norm's statistics, and a run goes on bit for bit", async () => {
  const config = runOf({ ...small, kind: "vae", norm: "batch" }, { batch: 8, shuffle: true });
  const data = bars(small.inputShape, 21);
  const straight = new Trainer(device, config, data);
  const first = new Trainer(device, config, data);
  const second = new Trainer(device, config, data);
  try {
    await straight.run(7);
    await first.run(4);
    const state = await first.state();
    assert.ok(state.arenas.get("statistics")?.some((v) => v !== 0 && v !== 1));
    second.restore(state);
    await second.run(7);
    assert.equal((await second.state()).arenas, (await straight.state()).arenas);
  } finally {
    for (const trainer of [straight, first, second]) trainer.dispose();
  }
});

test.after(() => device.dispose());
test.run();
