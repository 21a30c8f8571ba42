// On one adapter: a hundred steps of vq-28 take up to ten minutes on SwiftShader; its kernels are proved on each.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RunFolder } from "../src/cli/run-folder.js";
import { floatRows } from "../src/data/dataset.js";
import { openDataset } from "../src/data/node.js";
import { Device } from "../src/gpu/device.js";
import { Runner } from "../src/models/runner.js";
import type { TorchTensor } from "../src/models/torch-layout.js";
import { fromTorch, toTorch } from "../src/models/torch-layout.js";
import type { VqVaeConfig } from "../src/models/vq-config.js";
import { elements } from "../src/ops/op.js";
import { presetConfig } from "../src/train/presets.js";
import { Trainer } from "../src/train/trainer.js";
import { bars } from "./conv-run.js";
import { uniforms } from "./golden/draws.js";
import { vqRun } from "./vq-run.js";

const test = suite("VQ-VAE in PyTorch");
const golden = "kernels-test/golden";
const device = await Device.open();

/** PyTorch's losses; torch/vq.py writes them and tells how. */
const stored = JSON.parse(readFileSync(`${golden}/vq-losses.json`, "utf8")) as {
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly perplexity: number;
  readonly used: number;
  readonly mseX: readonly number[];
  readonly mseE: readonly number[];
  /** How far PyTorch's own float32 has come from its float64 so far. */
  readonly ownX: readonly number[];
  readonly ownE: readonly number[];
};

/** The weights of vq-losses.json's doc. */
function weightsOf({ parameters }: Trainer["model"]): Float32Array {
  const u = uniforms(stored.seed);
  const state = toTorch(parameters, new Float32Array(parameters.arenaLength));
  const drawn = new Map<string, TorchTensor>();
  for (const [name, { shape }] of [...state].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const weight = state.get(name.replace("bias", "weight")) as TorchTensor;
    const scale = name.includes("embedding") ? 0.05 : 1 / Math.sqrt(elements(weight.shape.slice(1)));
    drawn.set(name, { shape, data: Float32Array.from({ length: elements(shape) }, () => scale * (2 * u() - 1)) });
  }
  return fromTorch(parameters, drawn, "the twin").weight;
}

const fashion = "../shared/data/fashion";
if (!existsSync(fashion)) console.log(`skipped: vq-28 against PyTorch's losses (no ${fashion})`);
(existsSync(fashion) ? test : test.skip)(
  "a hundred Adam steps of vq-28 on Fashion-MNIST follow PyTorch: losses to 1e-3, perplexity and codes in use",
  async () => {
    const { steps, batch } = stored;
    const dataset = await openDataset(fashion, { split: "train", limit: steps * batch });
    const trainer = new Trainer(device, { ...presetConfig("vq-28"), batch, shuffle: false }, dataset, {
      onSteps: (s) => seen.push(...s.map(({ terms }) => terms)),
    });
    const seen: Readonly<Record<string, number>>[] = [];
    try {
      trainer.program.writeBuffer("weight arena", weightsOf(trainer.model));
      await trainer.run(steps);
      const { width, latentDim } = trainer.model;
      let worst = 0;
      seen.forEach(({ recon, codebook }, i) => {
        for (const [got, want, own] of [
          [recon / width, stored.mseX[i], stored.ownX[i]],
          [codebook / latentDim, stored.mseE[i], stored.ownE[i]],
        ] as const) {
          worst = Math.max(worst, Math.abs(got - want) / want);
          // golden/README.md's rule: where PyTorch's float32 strays from its float64, 16 times as far.
          assert.ok(Math.abs(got - want) <= 1e-3 * want + 16 * own, `step ${i}: ${got} for ${want}`);
        }
      });
      assert.is(seen.length, steps);
      console.log(`vq-28: at most ${worst.toExponential(1)} from PyTorch's float64`);
      const [use] = trainer.losses.last?.codebooks ?? [];
      assert.is(use?.used, stored.used);
      assert.ok(Math.abs((use?.perplexity ?? 0) - stored.perplexity) <= 1e-3 * stored.perplexity, `${use?.perplexity}`);
    } finally {
      trainer.dispose();
    }
  },
);

const python = ["/usr/bin/python3", "python3"].find(
  (name) => spawnSync(name, ["-c", "import torch, numpy"]).status === 0,
);
if (!python) console.log("skipped: pictures of codes against PyTorch (no python3 with torch)");
(python ? test : test.skip)(
  "PyTorch (python3-torch) loads a VQ run's model.safetensors: the same indices, pictures to 1e-5",
  async () => {
    const quantizer = { kind: "codebook", numEmbeddings: 16, embeddingDim: 6 } as const;
    const models: Partial<VqVaeConfig>[] = [
      { residualChannels: 3, quantizer },
      { residualBlocks: 3, decoderBlocks: 1, latentConvs: false, quantizer, outputs: "sigmoid" },
      { residualChannels: 5, quantizer: { ...quantizer, useEma: true } },
    ];
    for (const more of models) {
      const dir = mkdtempSync(join(tmpdir(), "latentgpu-vq-torch-"));
      const config = vqRun({ channels: [4, 6], ...more }, { batch: 8 });
      const data = bars(config.model.inputShape, 21);
      const trainer = new Trainer(device, config, data);
      const runner = new Runner(device, trainer.model, trainer.program);
      try {
        await trainer.run(12);
        const run = new RunFolder(dir);
        run.writeConfig(config);
        run.save(trainer.model, await trainer.state());
        const images = floatRows(data, 0, 21);
        const maps = await runner.indices(images);
        const files = { "images.f32": images, "indices.u32": maps[0], "decoded.f32": await runner.picture(maps) };
        const paths = Object.entries(files).map(([name, values]) => {
          writeFileSync(run.path(name), values as Float32Array | Uint32Array);
          return run.path(name);
        });
        const args = [join(golden, "torch", "vq_compare.py"), dir, ...paths];
        const { status, stdout, stderr } = spawnSync(python as string, ["-B", ...args], { encoding: "utf8" });
        assert.is(status, 0, stderr);
        const off = JSON.parse(stdout) as { different: number; indices: number; decoded: number };
        assert.ok(off.different === 0 && off.decoded <= 1e-5, `${JSON.stringify(more)}: ${stdout}`);
      } finally {
        runner.dispose();
        trainer.dispose();
        rmSync(dir, { recursive: true });
      }
    }
  },
);

test.after(() => device.dispose());
test.run();
