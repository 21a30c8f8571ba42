import { existsSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import type { SafeTensor } from "../src/formats/safetensors.js";
import { writeSafetensors } from "../src/formats/safetensors.js";
import { Device } from "../src/gpu/device.js";
import type { GoldenSource } from "./golden/contract.js";
import { folderSource } from "./golden/folder.js";
import { pickFamilies, runFamily } from "./golden/run.js";
import { judgeLosses } from "./golden/trajectories.js";

const device = await Device.open();

const values = (shape: number[], ...data: number[]): SafeTensor => ({
  dtype: "F32",
  shape,
  data: new Float32Array(data),
});

/** One linear case, worked out by hand: y = x w^T + b. */
const tensors: Record<string, SafeTensor> = {
  x: values([1, 2], 3, -2),
  w: values([2, 2], 1, 2, 0.5, -1),
  b: values([2], 0.25, -4),
  dy: values([1, 2], 2, 4),
  y: values([1, 2], -0.75, -0.5),
  dx: values([1, 2], 4, 0),
  dw: values([2, 2], 6, -4, 12, -8),
  db: values([2], 2, 4),
};

/** A folder with that case, changed, and one of an op that nobody has. */
function source(change: (tensors: Record<string, SafeTensor>) => void = () => {}): GoldenSource {
  const changed = structuredClone(tensors);
  change(changed);
  const cases = [
    { op: "linear", params: { in: 2, out: 2, bias: true }, stat: { y: [0.75, 1e-8] } },
    { op: "tensor_train", params: {}, stat: {} },
  ];
  const named = Object.entries(changed).map(([name, tensor]) => [`case0/${name}`, tensor] as const);
  const bytes = writeSafetensors([...named, ["case1/y", values([1], 1)]], [["cases", JSON.stringify(cases)]]);
  return {
    names: ["linear.safetensors", "unheard_of.safetensors"],
    read: async () => bytes,
    data: () => Promise.reject(new Error("a case asked for data")),
  };
}

const runner = suite("golden runner");

runner("passes a case that is right, and counts one without an op as missing", async () => {
  const { worst, ...rest } = await runFamily(device, source(), "linear");
  assert.equal(rest, {
    family: "linear",
    passed: 1,
    failed: 0,
    missing: 1,
    missingCases: ["case1 tensor_train"],
    failures: [],
  });
  assert.is(worst?.case, "case0");
});

runner("counts every case of an unknown family as missing", async () => {
  const { passed, failed, missing } = await runFamily(device, source(), "unheard_of");
  assert.equal([passed, failed, missing], [0, 0, 2]);
});

const wrongs: Record<string, (tensors: Record<string, SafeTensor>) => void> = {
  "a value just beyond the bound": (t) => {
    t.y.data[0] = -0.75 + 4e-6; // the bound is 1e-6 + 1.5e-6 + 1.6e-7
  },
  "a gradient beyond it": (t) => {
    t.dw.data[3] = -8.001;
  },
  "a NaN on one side": (t) => {
    t.db.data[1] = Number.NaN;
  },
  "an infinity on one side": (t) => {
    t.dx.data[0] = Number.POSITIVE_INFINITY;
  },
  "another number of values": (t) => {
    t.dx = values([1, 3], 4, 0, 0);
  },
  "a tensor that nobody computes": (t) => {
    t.dq = values([1], 0);
  },
};
for (const [what, change] of Object.entries(wrongs))
  runner(`fails ${what}`, async () => {
    const { passed, failed, failures } = await runFamily(device, source(change), "linear");
    assert.equal([passed, failed], [0, 1]);
    assert.is(failures.length, 1);
  });

runner("follows losses within 1e-5 of each, and fails a NaN, a step that is off and one that is not there", () => {
  const step = (loss: number, kl: number) => ({ step: 1, rows: 2, loss, terms: { kl } });
  const run = { f64: { loss: [100, 50], kl: [8, 6] } };
  const outcome = (...seen: ReturnType<typeof step>[]): string => judgeLosses("run", run, seen).outcome;
  assert.is(outcome(step(100.0009, 4), step(50, 3)), "passed");
  assert.is(outcome(step(100, 4), step(50.0006, 3)), "failed");
  assert.is(outcome(step(100, 4.001), step(50, 3)), "failed");
  assert.is(outcome(step(100, 4), step(Number.NaN, 3)), "failed");
  assert.is(outcome(step(100, 4)), "failed");
});

runner("refuses a family that the folder does not hold, and a folder that is not there", () => {
  assert.throws(
    () => pickFamilies(source(), ["linear", "conv9d"]),
    (e: unknown) => e instanceof InputError && /conv9d.*linear/.test(e.message),
  );
  assert.equal(pickFamilies(source(), ["linear"]), ["linear"]);
  assert.throws(
    () => folderSource("../shared/no-such-folder", "../shared/data"),
    (e: unknown) => e instanceof InputError && /--golden/.test(e.message),
  );
});
runner.run();

/** Families whose cases must all pass; of `models` the dense ones. */
const whole = [
  "linear",
  "conv2d",
  "conv_transpose2d",
  "masked_conv2d",
  "norms",
  "pooling",
  "embedding",
  "activations",
  "losses",
  "softmax_ce",
  "reparam_kl",
  "optimizers",
  "penalties",
];
const folder = "../shared/golden";
if (existsSync(folder)) {
  const golden = suite("golden tensors");
  const real = folderSource(folder, "../shared/data");
  for (const name of whole)
    golden(`${name}: every case as PyTorch`, async () => {
      const { failures, missing, passed } = await runFamily(device, real, name);
      assert.equal(failures, []);
      assert.is(missing, 0);
      assert.ok(passed >= 5);
    });
  golden("models: AE, DAE, VAE, beta-VAE, PixelCNN: gradients, losses, weights after 5 steps as PyTorch", async () => {
    const { failures, missingCases, passed } = await runFamily(device, real, "models");
    assert.equal(failures, []);
    assert.ok(passed >= 5);
    for (const op of ["ae", "dae", "vae", "beta_vae", "pixelcnn"])
      assert.not.ok(missingCases.some((c) => c.endsWith(` ${op}`)));
  });
  if (existsSync("../shared/data/mnist"))
    golden("trajectories: four runs on the real data, step by step", async () => {
      const { failures, passed } = await runFamily(device, real, "trajectories");
      assert.equal(failures, []);
      assert.is(passed, 4);
    });
  golden.run();
} else console.log(`skipped: golden tensors, trajectories (no ${folder})`);
