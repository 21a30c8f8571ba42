import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Dispatched } from "../src/bench/dispatch.js";
import { kernelTable } from "../src/bench/kernel-table.js";
import { flopsOf, jobOf } from "../src/bench/kernels.js";
import { copyJob, fmaJob } from "../src/bench/peak.js";
import { quantizerTable } from "../src/bench/quantizers.js";
import { references } from "../src/bench/references.js";
import { w3, w3Unfused } from "../src/bench/w3.js";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { conv2d } from "../src/ops/conv2d.js";
import { ops } from "../src/ops/index.js";
import { linear } from "../src/ops/linear.js";
import { choose } from "../src/ops/op.js";

const test = suite("bench");
const device = await Device.open();
const meter = { cpuMs: () => process.cpuUsage().user / 1000, maxRssMb: () => 0 };

test("every op that has kernels has a reference shape, which its shape rule takes", () => {
  for (const op of ops.filter((o) => o.forward.length + o.backward.length > 0)) {
    const reference = references(1)[op.name];
    assert.ok(reference, `src/bench/references.ts has no shape for ${op.name}`);
    op.sizes({ ...reference.shapes, ...op.outputs(reference.shapes, reference.attrs ?? {}) }, reference.attrs ?? {});
  }
});

test("every kernel counts its operations, and none only where it only moves values", () => {
  const movers = new Set<string>();
  for (const op of ops)
    for (const choice of [...op.forward, ...op.backward]) {
      const job = jobOf(device, op, choice, references(1)[op.name]);
      const flops = flopsOf(op, job);
      assert.ok(Number.isFinite(flops) && flops >= 0, `${op.name}: ${flops}`);
      if (flops === 0) movers.add(job.kernel.twin);
    }
  assert.equal([...movers].sort(), [
    "add/grad",
    "ancestral/put-code",
    "ancestral/put-row",
    "code-sums/order",
    "code-sums/ranks",
    "code-sums/starts",
    "concat/forward",
    "concat/grad",
    "corrupt/grad-x",
    "corrupt/hidden",
    "data/gather-integers",
    "draw-jumps/forward",
    "embedding/forward",
    "lfq-codes/forward",
    "max-pool2d/forward",
    "monitor/finite",
    "one-hot/forward",
    "picture/point-colours",
    "picture/put-points",
    "quantize-dropout/forward",
    "quantize-dropout/grad-x",
    "random/philox",
    "repeat-rows/forward",
    "rotate-to/forward",
    "slice/forward",
    "slice/grad-x",
    "split/forward",
    "split/grad-x",
    "top-k/forward",
    "top-k/grad-x",
    "upsample-nearest/forward",
  ]);
  const conv = {
    shapes: { x: [2, 8, 8, 4], w: [3, 3, 4, 6], bias: [6] },
    attrs: { strideH: 2, strideW: 2, padTop: 1 },
  };
  const counts = [...conv2d.forward, ...conv2d.backward].map((choice) =>
    flopsOf(conv2d, jobOf(device, conv2d, choice, conv)),
  );
  const products = 2 * (2 * 4 * 3) * 6 * (9 * 4);
  assert.equal(counts, [products, products, products, 9 * 4 * 6, 2 * 4 * 3 * 6]);
});

test("the loops that measure the peak compute what they say", async () => {
  const copied = new Dispatched(device, copyJob(4100));
  await copied.time(1);
  assert.equal(await copied.read("y"), await copied.read("x"));
  copied.dispose();
  const rounds = 3;
  const summed = new Dispatched(device, fmaJob(70, rounds));
  await summed.time(1);
  const [x, y] = [await summed.read("x"), await summed.read("y")];
  for (const [n, got] of y.entries()) {
    let want = 0;
    for (let j = 0; j < 8; j++) {
      let c = x[n] + j;
      for (let k = 0; k < 4 * rounds; k++) c = 0.5 * c + 0.25;
      want += c;
    }
    assert.ok(Math.abs(got - want) < 1e-5, `y[${n}] is ${got}, not ${want}`);
  }
  summed.dispose();
});

test("W3 and W3 in kernels of their own find the same codes", async () => {
  const found: number[] = [];
  for (const workload of [w3, w3Unfused]) {
    const run = await workload.prepare(device);
    found.push(await run.step(0));
    run.dispose();
  }
  assert.ok(Math.abs(found[0] - found[1]) < 1e-9 && found[0] !== 0, found.join(" "));
});

test("the table has a line for each kernel, and shares of a peak that is above all of them", async () => {
  const rows: Record<string, unknown>[] = [];
  for await (const { row, text } of kernelTable(device, meter, ["add", "linear"])) {
    rows.push(row);
    assert.ok(text.length > 40, text);
  }
  const [peak, ...kernels] = rows;
  assert.ok(Number(peak.peak_gflops) > 0 && Number(peak.peak_gbs) > 0);
  assert.equal(
    kernels.map(({ kernel }) => String(kernel).split(".")[0]),
    ["add/forward", "add/grad", "linear/forward", "linear/grad-x", "linear/grad-w"],
  );
  for (const { kernel, ms, gbs, gflops, computeShare } of kernels) {
    assert.ok(Number(ms) > 0 && Number(gbs) > 0, String(kernel));
    assert.is(Number(gflops) > 0, kernel !== "add/grad", String(kernel));
    assert.ok(Number(computeShare) < 1, String(kernel));
  }
});

test("the table of quantizers has a line each, from the same weights on the same rows", async () => {
  const codebook = { kind: "codebook", numEmbeddings: 64, embeddingDim: 16 } as const;
  const chosen = { one: codebook, same: codebook, fsq: { kind: "fsq", levels: [3, 2], embeddingDim: 16 } } as const;
  const rows: Record<string, unknown>[] = [];
  for await (const { row, text } of quantizerTable(device, { steps: 3, warm: 1 }, chosen)) {
    rows.push(row);
    assert.ok(text.length > 80, text);
  }
  const [, one, same, fsq] = rows;
  assert.equal([one?.quantizer, same?.quantizer, fsq?.quantizer], ["one", "same", "fsq"]);
  assert.equal([same?.mse, same?.perplexity], [one?.mse, one?.perplexity]);
  assert.equal(fsq?.codes, [6]);
  for (const { mse, usagePercent, perplexity, msPerStep } of rows.slice(1))
    for (const value of [mse, usagePercent, perplexity, msPerStep]) assert.ok(Number(value) > 0);
});

test("an unknown op is refused with the nearest", async () => {
  try {
    for await (const { text } of kernelTable(device, meter, ["liner"])) assert.unreachable(text);
    assert.unreachable("nothing was thrown");
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as Error).message, /"liner"; did you mean "linear"/);
  }
});

test("tiles by size and class: large on large GPUs, 32 x 32 else, f16 where asked for, broadcast on software", () => {
  const gpu = { ...device.profile, matmul: "tiled" as const, software: false, workgroupTarget: 256, wideTiles: true };
  const name = (profile: typeof device.profile, B: number, I: number, O: number): string =>
    choose(linear.forward[0], profile, { B, I, O, slope: 0 }).name;
  assert.is(name(gpu, 4096, 4096, 4096), "linear/forward.wide");
  assert.is(name(gpu, 4096, 4095, 4096), "linear/forward.tiled");
  assert.is(name(gpu, 128, 784, 400), "linear/forward.tiled");
  assert.is(name({ ...gpu, wideTiles: false }, 4096, 4096, 4096), "linear/forward.tiled");
  assert.is(name({ ...gpu, storage: "f16" }, 128, 784, 400), "linear/forward.f16");
  const { shapes, attrs = {} } = references(16).conv2d;
  const all = { ...shapes, ...conv2d.outputs(shapes, attrs) };
  const kernels = (profile: typeof device.profile, sizes = conv2d.sizes(all, attrs)): string[] =>
    [...conv2d.forward, ...conv2d.backward].slice(0, 3).map((choice) => choose(choice, profile, sizes).name);
  assert.equal(kernels(gpu), ["conv2d/forward.wide", "conv2d/grad-x.wide", "conv2d/grad-w.wide"]);
  assert.equal(kernels({ ...gpu, wideTiles: false }), [
    "conv2d/forward.tiled",
    "conv2d/grad-x.tiled",
    "conv2d/grad-w.tiled",
  ]);
  assert.equal(kernels(gpu, { ...conv2d.sizes(all, attrs), G: 8 }), [
    "conv2d/forward.quad",
    "conv2d/grad-x.quad",
    "conv2d/grad-w",
  ]);
});

test.after(() => device.dispose());
test.run();
