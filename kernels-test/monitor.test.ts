import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { Graph } from "../src/graph/graph.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import { linear } from "../src/ops/linear.js";
import { elements } from "../src/ops/op.js";
import { RandomStream, streams } from "../src/random/philox.js";
import { Monitor } from "../src/train/monitor.js";
import { createOptimizer } from "../src/train/optimizer.js";

const device = await Device.open();
const parameters = new Parameters();
const w1 = parameters.add("encoder.0.weight", [13, 70], { kind: "zeros" });
const bias1 = parameters.add("encoder.0.bias", [70], { kind: "zeros" });
const w2 = parameters.add("decoder.0.weight", [70, 13], { kind: "zeros" });
const graph = new Graph(parameters);
const x = graph.input("x", [9, 13]);
const labels = graph.input("labels", [9], "u32");
const { y: hidden } = graph.apply(linear, { x, w: w1, bias: bias1 }, {}, "encoder.0");
const { y } = graph.apply(linear, { x: hidden, w: w2 }, {}, "decoder.0");
graph.keep(y);
const optimizer = createOptimizer({ kind: "adam" });
optimizer.append(graph);
// Nothing reads the labels; they are in the plan all the same.
graph.calls[0] = { ...graph.calls[0], tensors: { ...graph.calls[0].tensors, labels } };
const program = new Program(device, new Plan(graph, device));
const monitor = new Monitor(device, program, parameters, optimizer.arenas, ["x", y.name]);

const test = suite("monitor");
const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

test("finds nothing where all is finite, however large", async () => {
  program.write("x", new Float32Array(9 * 13).fill(3.4028234663852886e38));
  assert.is(await monitor.check(), undefined);
  program.write("x", new Float32Array(9 * 13));
  assert.is(await monitor.check(), undefined);
});

test("finds one bad value at each of 20 random places in every kind of memory, by name and index", async () => {
  const random = new RandomStream(11, streams.test);
  const arenas = { weight: "", gradient: "d", moment1: "moment1.", moment2: "moment2." };
  for (const [arena, prefix] of Object.entries(arenas))
    for (let n = 0; n < 20; n++) {
      const { tensor } = parameters.all[random.below(parameters.all.length)];
      const index = random.below(elements(tensor.shape));
      const values = new Float32Array(parameters.arenaLength);
      values[(tensor.offset as number) + index] = bad[n % 3];
      program.writeBuffer(`${arena} arena`, values);
      assert.equal(await monitor.check(), { tensor: `${prefix}${tensor.name}`, index });
      program.writeBuffer(`${arena} arena`, new Float32Array(parameters.arenaLength));
      assert.is(await monitor.check(), undefined);
    }
  for (let n = 0; n < 20; n++) {
    const index = random.below(9 * 13);
    program.write("x", new Float32Array([bad[n % 3]]), index);
    assert.equal(await monitor.check(), { tensor: "x", index });
    program.write("x", new Float32Array(9 * 13));
  }
});

test("tells of the lowest index, and of inputs before what they spoil", async () => {
  program.write("x", new Float32Array(9 * 13).fill(Number.NaN, 40));
  program.run([{ ...optimizer.stepValues(1, 0.1) }]);
  assert.equal(await monitor.check(), { tensor: "x", index: 40 });
  program.write("x", new Float32Array(9 * 13));
  assert.equal(await monitor.check(), { tensor: y.name, index: 39 });
  program.run([{ ...optimizer.stepValues(2, 0.1) }]);
  assert.is(await monitor.check(), undefined);
});

test("what lies between two parameters is told of by the arena's name", async () => {
  const gap = (bias1.offset as number) + 70;
  const values = new Float32Array(parameters.arenaLength);
  values[gap] = Number.NaN;
  program.writeBuffer("weight arena", values);
  assert.equal(await monitor.check(), { tensor: "weight arena", index: gap });
  program.writeBuffer("weight arena", new Float32Array(parameters.arenaLength));
});

test("refuses what it cannot watch", () => {
  const refused = (moments: readonly string[], tensors: readonly string[], part: string): void => {
    assert.throws(
      () => new Monitor(device, program, parameters, moments, tensors),
      (error: Error) => error instanceof InputError && error.message.includes(part),
    );
  };
  refused(["moment3"], [], 'the arena "moment3"');
  refused([], ["nothing"], "no such tensor");
  refused([], [hidden.name], "Graph.keep");
  refused([], [w1.name], "leave it to its arena");
  refused([], [w2.name], "leave it to its arena");
  refused([], ["labels"], "u32");
});

test.after(async () => {
  monitor.dispose();
  program.dispose();
  await device.dispose();
});
test.run();
