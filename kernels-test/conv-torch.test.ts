import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RunFolder } from "../src/cli/run-folder.js";
import { floatRows } from "../src/data/dataset.js";
import { Device } from "../src/gpu/device.js";
import { createModel } from "../src/models/index.js";
import { Runner } from "../src/models/runner.js";
import type { TorchTensor } from "../src/models/torch-layout.js";
import { fromTorch, toTorch } from "../src/models/torch-layout.js";
import { elements } from "../src/ops/op.js";
import { Trainer } from "../src/train/trainer.js";
import { bars, golden, refusal, runOf, small } from "./conv-run.js";

const test = suite("convolutional models in PyTorch");

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

const python = ["/usr/bin/python3", "python3"].find(
  (name) => spawnSync(name, ["-c", "import torch, numpy"]).status === 0,
);

if (!python) console.log("skipped: outputs against PyTorch (no python3 with torch)");
(python ? test : test.skip)(
  "PyTorch (python3-torch) loads a run's model.safetensors: the same outputs to 1e-5",
  async () => {
    const device = await Device.open();
    try {
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
          const args = [join(golden, "torch", "compare.py"), dir, ...paths];
          const { status, stdout, stderr } = spawnSync(python as string, ["-B", ...args], { encoding: "utf8" });
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
    } finally {
      await device.dispose();
    }
  },
);

test.run();
