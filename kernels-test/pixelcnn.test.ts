import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { CodeMaps } from "../src/data/codes.js";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { Graph } from "../src/graph/graph.js";
import { Interpreter } from "../src/graph/interpret.js";
import { Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import { PixelCnn } from "../src/models/pixelcnn.js";
import type { PixelCnnConfig } from "../src/models/pixelcnn-config.js";
import { Prior } from "../src/models/prior.js";
import { fromTorch, toTorch } from "../src/models/torch-layout.js";
import { permute } from "../src/random/permutation.js";
import { RandomStream, streams } from "../src/random/philox.js";
import { Batches, type Source } from "../src/train/batches.js";
import { checkConfig, checkRun, type PriorRunConfig } from "../src/train/config.js";
import type { StepLosses } from "../src/train/losses.js";
import { priorPresets } from "../src/train/prior-presets.js";
import { Trainer } from "../src/train/trainer.js";
import { drawnModel, priorRun, smallPrior, stripes, WholeMap } from "./prior-run.js";
import { references } from "./ref/index.js";
import { stepOf } from "./small-run.js";

const device = await Device.open();
const test = suite("pixelcnn");

const conditioned: PixelCnnConfig = {
  ...smallPrior,
  shape: [4, 6],
  firstKernel: 7,
  channels: 8,
  numClasses: 3,
  top: { shape: [2, 3], numEmbeddings: 4 },
};

for (const [what, config] of Object.entries({
  plain: smallPrior,
  conditioned,
  large: { ...smallPrior, kernel: 5, layers: 2 },
}))
  test(`${what}: a code changes no logit of its own pixel or one before it, and every logit behind it`, async () => {
    // Large weights saturate gates, and a small head may be dead.
    const { model, weights } = drawnModel(device, { ...config, headChannels: 40 }, 1);
    const [H, W] = config.shape;
    const pixels = H * W;
    const { numEmbeddings: K, numClasses, top } = config;
    const random = new RandomStream(8, streams.test);
    const codes = Uint32Array.from({ length: pixels }, () => random.below(K));
    // Map m has another code at pixel m; the last three another label, another top code, and nothing else.
    const B = pixels + 3;
    const maps = new Uint32Array(B * pixels);
    const labels = new Uint32Array(B).fill(1);
    const topWidth = top ? top.shape[0] * top.shape[1] : 0;
    const tops = Uint32Array.from({ length: B * topWidth }, (_, i) => ((i % topWidth) * 3) % 4);
    for (let m = 0; m < B; m++) maps.set(codes, m * pixels);
    for (let m = 0; m < pixels; m++) maps[m * pixels + m] = (codes[m] + 1 + random.below(K - 1)) % K;
    labels[pixels] = 2;
    tops[(pixels + 1) * topWidth] += 1;
    const whole = new WholeMap(device, model, weights, B);
    try {
      const logits = await whole.logits(maps, { ...(numClasses && { labels }), ...(top && { top: tops }) });
      const changed = (m: number, q: number): boolean => {
        const at = (map: number): Float32Array => logits.subarray((map * pixels + q) * K, (map * pixels + q + 1) * K);
        const base = at(B - 1);
        return at(m).some((v, k) => v !== base[k]);
      };
      for (let p = 0; p < pixels; p++)
        for (let q = 0; q < pixels; q++)
          assert.is(changed(p, q), q > p, `the code at pixel ${p} and the logits at pixel ${q}`);
      for (let q = 0; q < pixels; q++) assert.is(changed(pixels, q), numClasses !== undefined, `the label at ${q}`);
      if (top) assert.ok(changed(pixels + 1, 0), "the top code over it changes nothing at the first pixel");
    } finally {
      whole.program.dispose();
      weights.dispose();
    }
  });

test("the negative log-likelihood is the sum of the logits' own, map by map, whatever the number of maps", async () => {
  const { model, weights } = drawnModel(device, conditioned);
  const maps = stripes(7, conditioned.shape, 6, 3, [2, 3]);
  const given = { labels: maps.labels, top: maps.top.codes };
  const whole = new WholeMap(device, model, weights, 7);
  const prior = new Prior(device, model, weights);
  try {
    const logits = await whole.logits(maps.codes, given);
    const want = Array.from({ length: 7 }, (_, m) => {
      let nll = 0;
      for (let p = m * 24; p < (m + 1) * 24; p++) {
        const row = Array.from(logits.subarray(6 * p, 6 * p + 6));
        nll += Math.log(row.reduce((sum, v) => sum + Math.exp(v), 0)) - (row[maps.codes[p]] as number);
      }
      return nll;
    });
    const nll = await prior.nll(maps.codes, given);
    nll.forEach((v, m) => {
      assert.ok(Math.abs(v - want[m]) < 1e-4 * want[m], `map ${m}: ${v} for ${want[m]}`);
    });
    const two = { labels: maps.labels.subarray(5), top: maps.top.codes.subarray(5 * 6) };
    assert.equal([...(await prior.nll(maps.codes.subarray(5 * 24), two))], [...nll.subarray(5)]);
  } finally {
    whole.program.dispose();
    prior.dispose();
    weights.dispose();
  }
});

const trainerOf = (config: PriorRunConfig, maps: CodeMaps, onSteps?: (steps: readonly StepLosses[]) => void) =>
  new Trainer<PixelCnn>(device, config, maps, onSteps ? { onSteps } : {});

for (const reduction of ["elementMean", "batchMean", "sum"] as const)
  test(`ten losses follow the interpreter, reduced as ${reduction}, with a short last batch`, async () => {
    const maps = stripes(21, conditioned.shape, 6, 3, [2, 3]);
    const config = priorRun(conditioned, { reduction, optimizer: { kind: "adam", lr: 1e-3 }, clipNorm: 5 });
    const seen: StepLosses[] = [];
    const trainer = trainerOf(config, maps, (s) => seen.push(...s));
    try {
      const twin = new Interpreter(trainer.plan, references, trainer.model.parameters.arenaLength);
      twin.write("weight arena", new Float32Array(await trainer.program.readBuffer("weight arena")));
      twin.write("codes", maps.codes);
      twin.write("labels", maps.labels);
      twin.write("top", maps.top.codes);
      const want: number[] = [];
      for (let step = 0; step < 10; step++) {
        const values = stepOf(trainer as never, step);
        twin.run(values);
        want.push(twin.values("ring")[8 * values.slot] as number);
      }
      await trainer.run(10);
      assert.equal(
        seen.map((s) => s.rows),
        [8, 8, 5, 8, 8, 5, 8, 8, 5, 8],
      );
      seen.forEach(({ loss, terms }, i) => {
        assert.ok(Math.abs(loss - want[i]) <= 1e-4 * want[i], `step ${i}: ${loss} for ${want[i]}`);
        const scale = { elementMean: 24, batchMean: 1, sum: 1 / (seen[i]?.rows as number) }[reduction];
        assert.ok(Math.abs(terms.nll - loss * scale) <= 1e-5 * terms.nll, "nll is not in nats a map");
      });
    } finally {
      trainer.dispose();
    }
  });

/** Mean entropy of the codes by themselves, pixel by pixel, in nats a map. */
function independent({ codes, count, shape, numEmbeddings: K }: CodeMaps): number {
  const pixels = shape[0] * shape[1];
  let nats = 0;
  for (let p = 0; p < pixels; p++) {
    const found = new Float64Array(K);
    for (let m = 0; m < count; m++) found[codes[m * pixels + p]]++;
    for (const n of found) if (n > 0) nats -= (n / count) * Math.log(n / count);
  }
  return nats;
}

test("it learns what codes have to do with each other, and what labels and top maps tell of them", async () => {
  const maps = stripes(256, [4, 5], 6, 3, [2, 1]);
  const alone = independent(maps);
  const reached: Record<string, number> = {};
  const configs: Record<string, PixelCnnConfig> = {
    plain: { ...smallPrior, channels: 16 },
    labels: { ...smallPrior, channels: 16, numClasses: 3 },
    top: { ...smallPrior, shape: [4, 5], channels: 16, top: { shape: [2, 1], numEmbeddings: 3 } },
  };
  for (const [what, model] of Object.entries(configs)) {
    const trainer = trainerOf(priorRun(model, { batch: 32, optimizer: { kind: "adam", lr: 1e-2 } }), maps);
    const prior = new Prior(device, trainer.model, trainer.program);
    const given = { ...(what === "labels" && { labels: maps.labels }), ...(what === "top" && { top: maps.top.codes }) };
    const mean = async (): Promise<number> =>
      (await prior.nll(maps.codes, given)).reduce((sum, v) => sum + v, 0) / maps.count;
    try {
      assert.ok((await mean()) > 0.98 * alone, "it knows too much before the first step");
      await trainer.run(60);
      reached[what] = await mean();
    } finally {
      prior.dispose();
      trainer.dispose();
    }
  }
  assert.ok(reached.plain < 0.7 * alone, `${reached.plain} of ${alone} nats`);
  // The class is told by the first two rows too, but not for those themselves.
  assert.ok(reached.labels < reached.plain - 0.3, JSON.stringify(reached));
  assert.ok(reached.top < reached.plain - 0.3, JSON.stringify(reached));
});

test("a checkpoint goes on bit for bit", async () => {
  const maps = stripes(21, conditioned.shape, 6, 3, [2, 3]);
  const config = priorRun(conditioned);
  const [straight, first, second] = [0, 1, 2].map(() => trainerOf(config, maps)) as [
    Trainer<PixelCnn>,
    Trainer<PixelCnn>,
    Trainer<PixelCnn>,
  ];
  try {
    await straight.run(7);
    await first.run(4);
    second.restore(await first.state());
    await second.run(7);
    assert.equal(await second.state(), await straight.state());
    assert.ok((await straight.state()).epochSums["term.nll"] > 0);
  } finally {
    for (const trainer of [straight, first, second]) trainer.dispose();
  }
});

test("columns that no binding holds are streamed: the same batches as from the GPU's memory", async () => {
  const maps = stripes(21, [4, 5], 6, 3, [2, 2]);
  const source: Source = {
    count: 21,
    columns: [
      { name: "codes", batch: "batch.codes", shape: [4, 5], values: maps.codes },
      { name: "labels", batch: "batch.labels", shape: [], values: maps.labels },
      { name: "top", batch: "batch.top", shape: [2, 2], values: maps.top.codes },
      { name: "bytes", batch: "batch.bytes", shape: [3], values: Uint8Array.from({ length: 63 }, (_, i) => i) },
      { name: "floats", batch: "batch.floats", shape: [2], values: Float32Array.from({ length: 42 }, (_, i) => i / 8) },
    ],
  };
  const run = async (limit: number): Promise<{ resident: boolean; rows: number[][][] }> => {
    const batches = new Batches(source, 8, 3, true, { maxStorageBufferBindingSize: limit }, 64);
    const graph = new Graph(new Parameters());
    const tensors = Object.entries(batches.append(graph));
    for (const [, tensor] of tensors) graph.keep(tensor);
    const program = new Program(device, new Plan(graph, device));
    batches.load(program);
    const rows: number[][][] = [];
    for (let step = 0; step < 7; step++) {
      const [place] = batches.prepare(program, step, 1);
      program.run([{ ...place, seed_low: 3 }]);
      for (const [, { name }] of tensors) rows.push([[...(await program.read(name))]]);
    }
    program.dispose();
    return { resident: batches.resident, rows };
  };
  const [resident, streamed] = [await run(2 ** 20), await run(1500)];
  assert.equal([resident.resident, streamed.resident], [true, false]);
  assert.equal(streamed.rows, resident.rows);
  const row = permute(8, 21, 3, 0);
  assert.equal(resident.rows[5]?.[0]?.slice(0, 20), [...maps.codes.subarray(20 * row, 20 * row + 20)]);
  assert.is(resident.rows[6]?.[0]?.[0], maps.labels[row]);
});

test("weights go to PyTorch's layout and back: tables as they are, convolutions and layers turned", () => {
  const { parameters } = new PixelCnn(conditioned);
  const arena = Float32Array.from({ length: parameters.arenaLength }, (_, i) => i);
  const state = toTorch(parameters, arena);
  const shape = (name: string) => state.get(name)?.shape;
  assert.equal(shape("embedding.weight"), [6, 8]);
  assert.equal(shape("layers.0.vertical.weight"), [16, 8, 7, 7]);
  assert.equal(shape("layers.1.horizontal.weight"), [16, 8, 1, 3]);
  assert.equal(shape("layers.1.verticalLabels.weight"), [3, 16]);
  assert.equal(shape("head.3.weight"), [6, 8]);
  assert.is(state.has("layers.2.residual.weight"), false, "nothing reads the last layer's stacks");
  const table = parameters.all.find(({ tensor }) => tensor.name === "embedding.weight");
  assert.is(state.get("embedding.weight")?.data[9], (table?.tensor.offset ?? 0) + 9);
  const back = fromTorch(parameters, state, "the test").weight;
  for (const { tensor } of parameters.all)
    for (let i = 0; i < tensor.shape.reduce((n, d) => n * d, 1); i++)
      assert.is(back[(tensor.offset ?? 0) + i], arena[(tensor.offset ?? 0) + i]);
});

test("configs and codes that do not fit are refused in one sentence", () => {
  for (const { config } of priorPresets) assert.equal(checkRun(config), config);
  const config = (model: object, more: object = {}): unknown => ({
    ...priorRun(smallPrior),
    ...more,
    model: { ...smallPrior, ...model },
  });
  const maps = stripes(9, [4, 5], 6);
  const { labels: _, top: __, ...bare } = maps;
  const train = (model: object, of: CodeMaps) => () => trainerOf(priorRun({ ...smallPrior, ...model }), of);
  const bad: [() => unknown, RegExp][] = [
    [() => checkRun(config({ kernel: 4 })), /model.kernel is 4.*odd/],
    [() => checkRun(config({ firstKernel: 33 })), /model.firstKernel is 33/],
    [() => checkRun(config({ shape: [4] })), /model.shape/],
    [() => checkRun(config({ layers: 0 })), /model.layers is 0/],
    [() => checkRun(config({ chanels: 3 })), /Did you mean "channels"/],
    [() => checkRun(config({ top: { shape: [3, 5], numEmbeddings: 2 } })), /sides must divide/],
    [() => checkRun(config({}, { corruption: { kind: "masking", p: 0.5 } })), /corruption has no meaning/],
    [() => checkRun(config({}, { resize: [4, 4] })), /resize has no meaning/],
    [() => checkConfig(config({})), /prior's over codes/],
    [train({}, stripes(9, [5, 4], 6)), /maps of \[5,4\] and the prior takes \[4,5\]/],
    [train({ numEmbeddings: 5 }, maps), /code 5 is none of the 5/],
    [train({ numClasses: 2 }, bare), /has no labels/],
    [train({ numClasses: 1 }, maps), /label 1 is none of the 1/],
    [train({ top: { shape: [2, 5], numEmbeddings: 3 } }, bare), /has no top maps/],
    [train({ top: { shape: [2, 5], numEmbeddings: 3 } }, maps), /top maps of \[1,1\]/],
  ];
  for (const [attempt, says] of bad)
    assert.throws(attempt, (e: unknown) => e instanceof InputError && says.test(e.message), String(says));
});

test.after(() => device.dispose());
test.run();
