import { suite } from "uvu";
import * as assert from "uvu/assert";
import { floatRows } from "../src/data/dataset.js";
import { Device } from "../src/gpu/device.js";
import { Interpreter } from "../src/graph/interpret.js";
import { initialStatistics, initialWeights } from "../src/layers/init.js";
import { usesOf } from "../src/models/code-use.js";
import { createModel } from "../src/models/index.js";
import { Runner } from "../src/models/runner.js";
import { fromTorch, toTorch } from "../src/models/torch-layout.js";
import { codesOf } from "../src/train/codes.js";
import type { StepLosses } from "../src/train/losses.js";
import { Trainer } from "../src/train/trainer.js";
import { bars } from "./conv-run.js";
import { references } from "./ref/index.js";
import { stepOf } from "./small-run.js";
import { quantizers, smallVq, vqRun } from "./vq-run.js";

const device = await Device.open();
const test = suite("models of codes");
/** 21 rows: the last of three batches is short. */
const data = bars(smallVq.inputShape, 21);

for (const kind of ["vq-vae", "vq-vae-2"] as const)
  for (const [name, quantizer] of Object.entries(quantizers))
    test(`${kind}, ${name}: steps follow the interpreter, the loss falls, codes decode to the reconstruction`, async () => {
      const inputShape = kind === "vq-vae" ? smallVq.inputShape : [3, 8, 16];
      const dataset = bars(inputShape, 21);
      const seen: StepLosses[] = [];
      const trainer = new Trainer(device, vqRun({ kind, inputShape, quantizer }), dataset, {
        onSteps: (s) => seen.push(...s),
      });
      const runner = new Runner(device, trainer.model, trainer.program);
      try {
        const { parameters } = trainer.model;
        await trainer.run(0);
        const interpreter = new Interpreter(trainer.plan, references, parameters.arenaLength);
        interpreter.write("data", dataset.values);
        interpreter.write("weight arena", new Float32Array(await trainer.program.readBuffer("weight arena")));
        const statistics = new Float32Array(await trainer.program.readBuffer("statistics arena"));
        for (const { tensor } of parameters.statistics) {
          const own = interpreter.memoryOf(tensor);
          own.set(statistics.subarray(tensor.offset ?? 0, (tensor.offset ?? 0) + own.length));
        }
        for (let step = 0; step < 4; step++) {
          const values = stepOf(trainer, step);
          interpreter.run(values);
          await trainer.run(step + 1);
          const [want, got] = [interpreter.values("ring")[8 * values.slot] as number, seen[step]?.loss as number];
          assert.ok(Math.abs(got - want) <= 1e-4 * Math.abs(want), `step ${step}: ${got} for ${want}`);
        }
        await trainer.run(90);
        const mean = (part: StepLosses[]): number =>
          part.reduce((n, s) => n + (s.terms.recon as number), 0) / part.length;
        const [first, last] = [mean(seen.slice(0, 3)), mean(seen.slice(-9))];
        assert.ok(last < 0.75 * first, `${first} ${last}`);
        const images = floatRows(dataset, 0, 21);
        const maps = await runner.indices(images);
        assert.equal([...(await runner.picture(maps))], [...(await runner.reconstruct(images))]);
        const codes = await codesOf(runner, dataset);
        assert.equal(
          codes.map(({ indices }) => [...indices]),
          maps.map((map) => [...map]),
        );
      } finally {
        runner.dispose();
        trainer.dispose();
      }
    });

test("the use of codes over an epoch is that of the data: a short last batch, codes that stand still", async () => {
  for (const quantizer of [quantizers.ema, quantizers.residual, quantizers.fsq]) {
    const trainer = new Trainer(device, vqRun({ quantizer }, { optimizer: { kind: "sgd", lr: 0 } }), data);
    const runner = new Runner(device, trainer.model, trainer.program);
    try {
      const before = await runner.indices(floatRows(data, 0, 21));
      const [{ sets }] = runner.levels as [(typeof runner.levels)[number]];
      // EMA codes move in their first step: that epoch is another's.
      const want = usesOf(sets, before[0] as Uint32Array);
      await trainer.run(3);
      const found = trainer.losses.last?.codebooks ?? [];
      assert.equal(
        found.map(({ vectors }) => vectors),
        want.map(() => 21 * 6),
      );
      if (quantizer !== quantizers.ema) assert.equal(found, want);
      await trainer.run(6);
      assert.is(trainer.losses.last?.codebooks?.[0]?.vectors, 21 * 6, "the second epoch counts on from the first");
    } finally {
      runner.dispose();
      trainer.dispose();
    }
  }
});

test("a run goes on bit for bit from any step: running means, uses, resets, draws, k-means", async () => {
  const hard = [
    { ...quantizers.ema, deadCodeThreshold: 0.5, decay: 0.7, kmeansInit: true },
    { ...quantizers.reset, kmeansInit: true },
    quantizers["residual with dropout"],
  ];
  for (const quantizer of hard) {
    const config = vqRun({ kind: "vq-vae-2", inputShape: [3, 8, 16], quantizer });
    const rows = bars([3, 8, 16], 21);
    const made = [0, 1, 2].map(() => new Trainer(device, config, rows));
    const [straight, first, second] = made as [Trainer, Trainer, Trainer];
    try {
      await straight.run(11);
      await first.run(4);
      second.restore(await first.state());
      await second.run(11);
      assert.equal((await second.state()).arenas, (await straight.state()).arenas);
      assert.equal(second.losses.last, straight.losses.last);
      assert.equal(second.losses.sums(), straight.losses.sums());
    } finally {
      for (const trainer of made) trainer.dispose();
    }
  }
});

test("a state dict has PyTorch's names and layouts, comes back, and holds no count of an epoch", () => {
  const model = createModel(vqRun({ quantizer: { ...quantizers.ema, numEmbeddings: 7, projectionDim: 3 } }).model);
  const { parameters } = model;
  const state = toTorch(parameters, initialWeights(parameters, 1), initialStatistics(parameters, 1));
  const shapes = Object.fromEntries([...state].map(([name, { shape }]) => [name, shape.join()]));
  assert.equal(Object.keys(shapes), [
    ...["encoder.0", "encoder.2", "encoder.3.conv1", "encoder.3.conv2", "encoder.5"].flatMap(both),
    ...["quantizer.project_in", "quantizer.project_out"].flatMap(both),
    ...["decoder.0", "decoder.1.conv1", "decoder.1.conv2", "decoder.3", "decoder.5"].flatMap(both),
    "quantizer.embedding.weight",
    "quantizer.cluster_size",
    "quantizer.embed_avg",
  ]);
  assert.is(shapes["encoder.0.weight"], "4,3,4,4");
  assert.is(shapes["encoder.5.weight"], "4,6,1,1");
  assert.is(shapes["decoder.3.weight"], "6,4,4,4");
  assert.is(shapes["quantizer.project_in.weight"], "3,4");
  assert.is(shapes["quantizer.embedding.weight"], "7,3");
  const back = fromTorch(parameters, state, "the state");
  assert.equal([...toTorch(parameters, back.weight, back.statistics)], [...state]);
  // A table's rows are PyTorch's rows.
  const table = createModel(vqRun({ quantizer: { ...quantizers.gradient, numEmbeddings: 5 } }).model).parameters;
  const arena = Float32Array.from({ length: table.arenaLength }, (_, i) => i);
  const at = table.all.find((p) => p.table)?.tensor.offset as number;
  const codes = toTorch(table, arena).get("quantizer.embedding.weight");
  assert.equal([...(codes?.shape ?? [])], [5, 4]);
  assert.equal(
    [...(codes?.data ?? [])],
    Array.from({ length: 20 }, (_, i) => at + i),
  );
});

const both = (name: string): string[] => [`${name}.weight`, `${name}.bias`];

test.after(() => device.dispose());
test.run();
