import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import { gatherIntegers } from "../src/ops/gather.js";
import { noise } from "../src/ops/noise.js";
import type { Attrs, Op, Shape } from "../src/ops/op.js";
import { philox as philoxOp } from "../src/ops/philox.js";
import { permute } from "../src/random/permutation.js";
import { normalAt, philox, streams } from "../src/random/philox.js";
import { defaultStep } from "./trials.js";

const test = suite("random numbers on the GPU");
const device = await Device.open();
test.after(() => device.dispose());

interface Input {
  readonly shape: Shape;
  readonly values: Uint32Array;
}

/** One op on the device: its only output. */
async function run(
  op: Op,
  inputs: Readonly<Record<string, Input>>,
  attrs: Attrs,
  step: Readonly<Record<string, number>> = {},
): Promise<Float32Array | Uint32Array | Uint8Array> {
  const graph = new Graph(new Parameters());
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [name, graph.input(name, shape, "u32")]),
  );
  const made = graph.apply(op, tensors, attrs);
  const [output] = Object.entries(made).flatMap(([name, tensor]) => (op.inputs.includes(name) ? [] : [tensor]));
  graph.keep(output);
  const program = new Program(device, new Plan(graph, device));
  try {
    for (const [name, { values }] of Object.entries(inputs)) program.write(name, values);
    program.run([{ ...defaultStep, ...step }]);
    return await program.read(output.name);
  } finally {
    program.dispose();
  }
}

function wordsOf(counter: Uint32Array, key: Uint32Array): Promise<Float32Array | Uint32Array | Uint8Array> {
  const N = counter.length / 4;
  return run(philoxOp, { counter: { shape: [N, 4], values: counter }, key: { shape: [N, 2], values: key } }, {});
}

/** counter, key, words: Random123's kat_vectors for philox4x32-10. */
const known = [
  "00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
  "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd",
  "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1",
].map((line) => line.split(" ").map((word) => Number.parseInt(word, 16)));

test("Philox gives Random123's known answers, here and on the GPU", async () => {
  const words = await wordsOf(
    Uint32Array.from(known.flatMap((k) => k.slice(0, 4))),
    Uint32Array.from(known.flatMap((k) => k.slice(4, 6))),
  );
  assert.equal(
    [...words],
    known.flatMap((k) => k.slice(6)),
  );
  for (const [a, b, c, d, k0, k1, ...want] of known) assert.equal(philox([a, b, c, d], k0, k1), want);
});

test("Philox is its twin bit for bit on 65,536 counters", async () => {
  const N = 65536;
  // Weyl sequences: every bit of every word moves.
  const counter = Uint32Array.from({ length: 4 * N }, (_, i) => Math.imul(i + 1, 0x9e3779b9));
  const key = Uint32Array.from({ length: 2 * N }, (_, i) => Math.imul(i + 1, 0x85ebca6b));
  const got = await wordsOf(counter, key);
  let wrong = 0;
  for (let i = 0; i < N; i++) {
    const [a, b, c, d] = counter.subarray(4 * i);
    philox([a, b, c, d], key[2 * i], key[2 * i + 1]).forEach((word, k) => {
      if (got[4 * i + k] !== word) wrong++;
    });
  }
  assert.is(wrong, 0);
});

test("2^20 normals are finite, of mean 0 and variance 1, in the shape of the bell, and their twin's", async () => {
  const n = 2 ** 20;
  const values = await run(noise, {}, { rows: 1024, width: 1024 });
  assert.is(values.length, n);
  let [sum, squares, fourth, beyond] = [0, 0, 0, 0];
  for (const v of values) {
    assert.ok(Number.isFinite(v));
    sum += v;
    squares += v * v;
    fourth += v ** 4;
    if (Math.abs(v) > 1.959964) beyond++;
  }
  const mean = sum / n;
  assert.ok(Math.abs(mean) < 0.01, `mean ${mean}`);
  assert.ok(Math.abs(squares / n - mean ** 2 - 1) < 0.01, `variance ${squares / n - mean ** 2}`);
  assert.ok(Math.abs(fourth / n - 3) < 0.05, `fourth moment ${fourth / n}`);
  assert.ok(Math.abs(beyond / n - 0.05) < 0.002, `beyond 1.96: ${beyond / n}`);
  for (let i = 0; i < n; i += 61) {
    const want = normalAt(defaultStep.seed_low, streams.sample, defaultStep.step, i);
    assert.ok(Math.abs(values[i] - want) < 1e-4, `element ${i}: ${values[i]}, twin ${want}`);
  }
});

for (const n of [1, 2, 5, 1000, 60000])
  test(`the permutation of ${n} is a bijection and its twin bit for bit`, async () => {
    const data = { shape: [n], values: Uint32Array.from({ length: n }, (_, i) => i) };
    const seed = 0x12345_9abcdef0;
    const step = { seed_low: seed >>> 0, seed_high: 0x12345, epoch: 3 };
    const order = await run(gatherIntegers, { data }, { batch: n }, step);
    assert.is(order.filter((row, i) => row !== permute(i, n, seed, 3)).length, 0);
    assert.is(
      order
        .slice()
        .sort()
        .filter((row, i) => row !== i).length,
      0,
    );
    if (n < 1000) return;
    const next = await run(gatherIntegers, { data }, { batch: n }, { ...step, epoch: 4 });
    const same = next.filter((row, i) => row === order[i]).length;
    assert.ok(same < 20, `${same} of ${n} rows stay where they were in the next epoch`);
  });

test.run();
