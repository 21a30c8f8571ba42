import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RunFolder } from "../src/cli/run-folder.js";
import type { Dataset } from "../src/data/dataset.js";
import { floatRows } from "../src/data/dataset.js";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { Interpreter } from "../src/graph/interpret.js";
import type { ConvConfig } from "../src/models/config.js";
import { createModel } from "../src/models/index.js";
import { Runner } from "../src/models/runner.js";
import type { TorchTensor } from "../src/models/torch-layout.js";
import { fromTorch, toTorch } from "../src/models/torch-layout.js";
import { elements } from "../src/ops/op.js";
import type { RunConfig } from "../src/train/config.js";
import { checkConfig } from "../src/train/config.js";
import type { StepLosses } from "../src/train/losses.js";
import { Trainer } from "../src/train/trainer.js";
import { normals, uniforms } from "./golden/draws.js";
import { references } from "./ref/index.js";
import { stepOf } from "./small-run.js";

const device = await Device.open();
const test = suite("convolutional models");

const folder = "kernels-test/golden";
const stored = JSON.parse(readFileSync(join(folder, "conv-losses.json"), "utf8")) as {
  readonly steps: number;
  readonly batch: number;
  readonly runs: readonly {
    readonly name: string;
    readonly lr: number;
    readonly model: ConvConfig;
    readonly losses: readonly number[];
  }[];
};

const runOf = (model: ConvConfig, more: Partial<RunConfig> = {}): RunConfig =>
  checkConfig({
    model,
    data: "bars",
    batch: stored.batch,
    epochs: 1,
    seed: 0,
    shuffle: false,
    optimizer: { kind: "adam", lr: 1e-2 },
    reduction: model.kind === "vae" ? "sum" : "batchMean",
    ...more,
  });

/** The rows of conv-losses.json's doc. */
function bars([C, H, W]: readonly number[], count = stored.steps * stored.batch): Dataset {
  const u = uniforms(1);
  const values = Uint8Array.from({ length: count * C * H * W }, (_, i) => {
    const column = Math.floor(i / C) % W;
    const row = Math.floor(i / (C * H * W));
    return Math.floor(56 * u()) + (column < row % W ? 200 : 0);
  });
  return { name: "bars", count, shape: [C, H, W], values };
}

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
      // The interpreter takes minutes for the large one.
      const interpreter =
        parameters.count < 10_000 ? new Interpreter(trainer.plan, references, parameters.arenaLength) : undefined;
      interpreter?.write("data", dataset.values);
      interpreter?.write("weight arena", weights);
      if (interpreter && parameters.statisticsLength > 0)
        for (const { tensor, init } of parameters.statistics)
          interpreter.memoryOf(tensor).fill(init.kind === "ones" ? 1 : 0);
      const eps = normals(3);
      const twin: number[] = [];
      for (let step = 0; step < stored.steps; step++) {
        const drawn = Float32Array.from({ length: stored.batch * latentDim }, eps);
        trainer.program.write("eps", drawn);
        interpreter?.write("eps", drawn);
        const values = stepOf(trainer, step);
        interpreter?.run(values);
        if (interpreter) twin.push(interpreter.values("ring")[8 * values.slot] as number);
        await trainer.run(step + 1);
      }
      assert.is(seen.length, losses.length);
      assert.ok(losses[9] < 0.99 * losses[0], "the losses do not fall");
      const close = (want: number, got: number, limit: number, what: string): void =>
        assert.ok(Math.abs(got - want) <= limit * Math.abs(want), `${what}: ${got} for ${want}`);
      seen.forEach(({ loss }, i) => {
        close(losses[i], loss, 1e-3, `step ${i}, PyTorch`);
        if (interpreter) close(twin[i], loss, 1e-4, `step ${i}, interpreter`);
      });
      if (interpreter && parameters.statisticsLength > 0) {
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

const small: ConvConfig = {
  kind: "ae",
  inputShape: [3, 8, 12],
  channels: [2, 5],
  latentDim: 4,
  activation: "elu",
  reconstructionLoss: "mse",
};

test("a state dict has PyTorch's names and layouts, and comes back to the same arenas", () => {
  const model = createModel({ ...small, norm: "batch", residualBlocks: 1 });
  const { parameters } = model;
  const fill = (length: number): Float32Array => new Float32Array(length);
  const weight = fill(parameters.arenaLength);
  const statistics = fill(parameters.statisticsLength);
  for (const { tensor } of [...parameters.all, ...parameters.statistics]) {
    const arena = tensor.role === "weight" ? weight : statistics;
    const at = tensor.offset ?? 0;
    for (let i = 0; i < elements(tensor.shape); i++) arena[at + i] = at + i + 1;
  }
  const state = toTorch(parameters, weight, statistics);
  const shapes = Object.fromEntries([...state].map(([name, { shape }]) => [name, shape.join()]));
  assert.is(shapes["encoder.0.weight"], "2,3,3,3");
  assert.is(shapes["encoder.0.bias"], undefined);
  assert.is(shapes["encoder.1.running_var"], "2");
  assert.is(shapes["encoder.3.norm1.weight"], "2");
  assert.is(shapes["encoder.4.weight"], "5,2,3,3");
  assert.is(shapes["encoder.9.weight"], "4,30");
  assert.is(shapes["decoder.0.weight"], "30,4");
  assert.is(shapes["decoder.3.weight"], "5,5,3,3");
  assert.is(shapes["decoder.7.weight"], "5,2,3,3");
  assert.is(shapes["decoder.11.weight"], "3,2,3,3");
  assert.is(parameters.counters.length, 12);
  const back = fromTorch(parameters, state, "the state");
  assert.equal(back, { weight, statistics });
  // One element of each kind by hand.
  const offset = (name: string): number => parameters.all.find((p) => p.tensor.name === name)?.tensor.offset as number;
  const at = (name: string, ...index: number[]): number => {
    const { shape, data } = state.get(name) as TorchTensor;
    return data[index.reduce((n, i, axis) => n * shape[axis] + i, 0)] - 1;
  };
  const conv = offset("encoder.4.weight"); // [KH 3, KW 3, I 2, O 5]
  assert.is(at("encoder.4.weight", 4, 1, 2, 0), conv + ((2 * 3 + 0) * 2 + 1) * 5 + 4);
  const transposed = offset("decoder.7.weight"); // [KH 3, KW 3, outputs 2, inputs 5]
  assert.is(at("decoder.7.weight", 3, 1, 0, 2), transposed + ((0 * 3 + 2) * 2 + 1) * 5 + 3);
  // Flattened [C 5, H 2, W 3] there is [H, W, C] here: channel 3, row 0, column 2.
  const there = (3 * 2 + 0) * 3 + 2;
  const here = (0 * 3 + 2) * 5 + 3;
  assert.is(at("encoder.9.weight", 3, there), offset("encoder.9.weight") + here * 4 + 3);
  assert.is(at("decoder.0.weight", there, 2), offset("decoder.0.weight") + 2 * 30 + here);
  assert.is(at("decoder.0.bias", there), offset("decoder.0.bias") + here);
});

test("a state dict that does not fit is refused with every difference", () => {
  const { parameters } = createModel(small);
  const state = new Map(toTorch(parameters, new Float32Array(parameters.arenaLength)));
  state.delete("encoder.0.weight");
  state.set("decoder.0.bias", { shape: [3, 10], data: new Float32Array(30) });
  state.set("encoder.1.running_mean", { shape: [2], data: new Float32Array(2) });
  const text = refusal(() => fromTorch(parameters, state, "x.safetensors"));
  for (const part of [
    "encoder.0.weight [2,3,3,3] is missing",
    "decoder.0.bias is [3,10] and should be [30]",
    "encoder.1.running_mean is not part of the model",
  ])
    assert.ok(text.includes(part), text);
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

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.message;
  }
  return assert.unreachable("nothing is refused") as never;
}

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

const python = ["/usr/bin/python3", "python3"].find(
  (name) => spawnSync(name, ["-c", "import torch, numpy"]).status === 0,
);

if (python === undefined) console.log("left out: PyTorch loads a run's weights (there is no python3-torch here)");
else
  test("PyTorch loads a run's model.safetensors and gives the same outputs to 1e-5", async () => {
    for (const [kind, norm, residualBlocks] of [
      ["vae", "batch", 1],
      ["ae", "none", 0],
      ["vae", "group", 2],
    ] as const) {
      const dir = mkdtempSync(join(tmpdir(), "latentgpu-torch-"));
      const config = runOf({ ...small, kind, norm, residualBlocks, strides: [1, 2] }, { batch: 8 });
      const data = bars(small.inputShape, 21);
      const trainer = new Trainer(device, config, data);
      const runner = new Runner(device, trainer.model, trainer.program);
      try {
        await trainer.run(12);
        const run = new RunFolder(dir);
        run.writeConfig(config);
        run.save(trainer.model, await trainer.state());
        const images = floatRows(data, 0, 21);
        const files = {
          images,
          statistics: await runner.statistics(images),
          decoded: await runner.reconstruct(images),
        };
        const paths = Object.entries(files).map(([name, values]) => {
          writeFileSync(run.path(`${name}.f32`), values);
          return run.path(`${name}.f32`);
        });
        const args = [join(folder, "torch", "compare.py"), dir, ...paths];
        const { status, stdout, stderr } = spawnSync(python, ["-B", ...args], { encoding: "utf8" });
        assert.is(status, 0, stderr);
        const off = JSON.parse(stdout) as { statistics: number; decoded: number; counted: number[] };
        assert.ok(off.statistics <= 1e-5 && off.decoded <= 1e-5, `${kind} ${norm}: ${stdout}`);
        assert.equal(off.counted, norm === "batch" ? [12] : []);
      } finally {
        runner.dispose();
        trainer.dispose();
        rmSync(dir, { recursive: true });
      }
    }
  });

test.after(() => device.dispose());
test.run();
