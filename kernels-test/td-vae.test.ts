import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawGlyphs } from "../src/data/glyphs.js";
import { drawMovingGlyphs, motionOf } from "../src/data/moving-glyphs.js";
import { InputError } from "../src/errors.js";
import { rolloutAgreement } from "../src/evaluate/rollouts.js";
import { parseNpy } from "../src/formats/npy.js";
import { decodePng } from "../src/formats/png.js";
import { Device } from "../src/gpu/device.js";
import { initialWeights } from "../src/layers/init.js";
import { createModel } from "../src/models/index.js";
import { Runner } from "../src/models/runner.js";
import { fromTorch, toTorch } from "../src/models/torch-layout.js";
import { weightsProgram } from "../src/models/weights-program.js";
import { checkConfig } from "../src/train/config.js";
import { presetConfig } from "../src/train/presets.js";
import { Trainer } from "../src/train/trainer.js";
import { cli, inPairs, sha256 } from "./run-cli.js";

const test = suite("TD-VAE");
const dir = mkdtempSync(join(tmpdir(), "latentgpu-td-"));
const [run, straight] = [join(dir, "run"), join(dir, "straight")];
test.after(() => rmSync(dir, { recursive: true, force: true }));

const preset = presetConfig("td-vae");
const sizes = { featureDims: [12], beliefDim: 8, latentDim: 3, hiddenDim: 10, decoderDims: [11], pairs: 2 };
const config = checkConfig({ ...preset, batch: 6, model: { ...preset.model, ...sizes } });
const small = Object.entries(sizes).flatMap(([key, value]) => ["--set", `model.${key}=${JSON.stringify(value)}`]);
const data = ["--data", "builtin:moving-glyphs?rows=30"];

test("moving glyphs: a digit of builtin:glyphs that turns round its frame, to either side, by 1 or 2 pixels", () => {
  const whole = drawMovingGlyphs(40, 5);
  assert.equal([whole.name, whole.count, whole.shape], ["builtin:moving-glyphs", 40, [1, 560, 28]]);
  const glyphs = drawGlyphs(40, 5);
  assert.equal(whole.labels, glyphs.labels);
  const [starts, velocities] = [new Set<number>(), new Set<number>()];
  for (let row = 0; row < 40; row++) {
    const { start, velocity } = motionOf(5, row);
    starts.add(start);
    velocities.add(velocity);
    for (const [t, y, x] of [
      [0, 9, 0],
      [1, 14, 27],
      [7, 20, 13],
      [19, 13, 5],
    ]) {
      const from = (((x - start - velocity * t) % 28) + 28) % 28;
      assert.is(whole.values[(row * 560 + t * 28 + y) * 28 + x], glyphs.values[(row * 28 + y) * 28 + from]);
    }
  }
  assert.equal([...velocities].sort(), [-1, -2, 1, 2]);
  assert.ok(starts.size > 15 && Math.min(...starts) >= 0 && Math.max(...starts) < 28);
  const part = drawMovingGlyphs(10, 5, 25);
  assert.is(
    Buffer.compare(whole.values.subarray(25 * 15_680, 35 * 15_680) as Uint8Array, part.values as Uint8Array),
    0,
  );
});

test("settings that do not fit are refused with what would", () => {
  const refused: [object, RegExp][] = [
    [{ model: { ...config.model, maxJump: 20 } }, /maxJump is 20, and a sequence of 20 frames has jumps up to 19/],
    [{ model: { ...config.model, inputShape: [1, 28, 28] } }, /28 x 28 are no sequences of 20 frames .*moving-glyphs/],
    [{ model: { ...config.model, belief: "rnn" } }, /belief/],
    [{ corruption: { kind: "gaussian", sigma: 0.1 } }, /a "td-vae" sees its frames as they are/],
    [{ freeBits: 1 }, /freeBits is for the KL of a "vae"/],
  ];
  for (const [more, says] of refused)
    assert.throws(
      () => checkConfig({ ...config, ...more }),
      (error: Error) => error instanceof InputError && says.test(error.message),
    );
  checkConfig({ ...config, beta: 2 });
});

test("PyTorch's names and layouts, there and back", () => {
  const { parameters } = createModel(config.model);
  const weight = initialWeights(parameters, 3);
  const state = toTorch(parameters, weight);
  const shapes = Object.fromEntries([...state].map(([name, { shape }]) => [name, shape.join()]));
  const [F, H, L, J, D] = [12, 8, 3, 5, 10];
  for (const [name, shape] of Object.entries({
    "features.0.weight": [F, 784],
    "belief.weight_ih_l0": [4 * H, F],
    "belief.bias_hh_l0": [4 * H],
    "state.0.tanh.weight": [D, H],
    "smoothing.0.sigmoid.weight": [D, L + 2 * H + J],
    "transition.0.mu.bias": [L],
    "transition.0.logVar.weight": [L, D],
    "decoder.2.weight": [784, 11],
  }))
    assert.is(shapes[name], shape.join(), name);
  assert.equal(fromTorch(parameters, state, "the same").weight, weight);
});

test("the planned peak is the bytes of the buffers then made", async () => {
  const device = await Device.open();
  const trainer = new Trainer(device, config, drawMovingGlyphs(13, 1));
  await trainer.run(4);
  await trainer.state();
  assert.is(device.memory.liveBytes, trainer.memory.peak);
  trainer.dispose();
  await device.dispose();
});

test("rollouts begin with the belief at the last given frame, know nothing of later ones, and go as far as asked", async () => {
  const device = await Device.open();
  const model = createModel(
    checkConfig({ ...config, model: { ...config.model, belief: "gru", latentLayers: 2 } }).model,
  );
  const weights = weightsProgram(device, initialWeights(model.parameters, 1));
  const runner = new Runner(device, model, weights);
  const sequences = Float32Array.from(drawMovingGlyphs(3, 2).values, (v) => v / 255);
  const [frame, given] = [784, 7];
  const first = new Float32Array(3 * given * frame);
  for (let n = 0; n < 3; n++)
    first.set(sequences.subarray(n * 20 * frame, (n * 20 + given) * frame), n * given * frame);
  const filtered = await runner.reconstruct(sequences);
  const mean = await runner.rollout(first, given, { jumps: 2, length: 3, temperature: 0 });
  assert.is(mean.length, 3 * 3 * frame);
  for (let n = 0; n < 3; n++)
    for (let i = 0; i < frame; i++) {
      const [found, wanted] = [mean[n * 3 * frame + i], filtered[(n * 20 + given - 1) * frame + i]];
      assert.ok(Math.abs(found - wanted) < 1e-5, `${found} and ${wanted}`);
    }
  const options = { jumps: 2, length: 3, seed: 4 };
  const drawn = await runner.rollout(first, given, options);
  assert.equal(await runner.rollout(first, given, options), drawn);
  assert.not.equal(await runner.rollout(first, given, { ...options, seed: 5 }), drawn);
  assert.not.equal(await runner.rollout(first, given, { ...options, length: 2 }), drawn);
  try {
    await runner.rollout(first, given, { jumps: 1, length: 6 });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /jumps are of 6 frames, and the model has learnt jumps of 1 to 5/);
  }
  runner.dispose();
  weights.dispose();
  await device.dispose();
});

test("agreement: 1 where the rollout is the truth, and of sequences that reach so far alone", () => {
  const sequences = Float32Array.from({ length: 2 * 6 * 4 }, (_, i) => Number((i >> 2) % 4 === i % 4));
  const settings = { count: 2, width: 4, given: 2, length: 2 };
  const follow = (shift: number): Float32Array =>
    Float32Array.from({ length: 2 * 4 * 4 }, (_, i) => {
      const [n, k, x] = [Math.floor(i / 16), (i >> 2) % 4, i % 4];
      return Number((n * 6 + 1 + 2 * k) % 4 === (x + shift) % 4);
    });
  assert.equal(rolloutAgreement(sequences, follow(0), settings).correlation, [1, 1, 1]);
  const { correlation, copy } = rolloutAgreement(sequences, follow(1), settings);
  assert.ok(correlation.every((c) => Math.abs(c + 1 / 3) < 1e-9));
  assert.ok(Math.abs(copy[1] + 1 / 3) < 1e-9 && Math.abs(copy[2] - 1) < 1e-9);
});

test("train, resume, rollout, evaluate and encode on the command line; what has no meaning is refused", async () => {
  const args = ["train", "td-vae", ...data, "--batch", "6", ...small];
  const first = await cli([...args, "--steps", "4", "--out", run]);
  assert.is(first.code, 0, first.lines.join("\n"));
  await inPairs(
    [
      ["train", "--out", run, "--resume", "--steps", "8"],
      [...args, "--steps", "8", "--out", straight],
    ],
    async (more) => {
      const { code, lines } = await cli(more);
      assert.is(code, 0, lines.join("\n"));
    },
  );
  for (const file of ["model.safetensors", "state.safetensors", "metrics.jsonl", "pictures/film.png"])
    assert.is(sha256(join(run, file)), sha256(join(straight, file)), file);
  const [line] = readFileSync(join(run, "metrics.jsonl"), "utf8").split("\n");
  const { loss, recon, belief, transition, predicted } = JSON.parse(line);
  assert.ok([loss, recon, belief, transition, predicted].every(Number.isFinite), line);

  const out = join(dir, "rollout.png");
  const wanted: [string[], (result: Record<string, unknown>) => void][] = [
    [
      ["rollout", run, "--count", "2", "--given", "14", "--jumps", "4", "--out", out, "--over", "5"],
      ({ correlation, copy, sequences }) => {
        // The third jump is the last that ends within 20 frames.
        assert.equal([(correlation as []).length, (copy as []).length, sequences], [4, 4, 5]);
      },
    ],
    [
      ["evaluate", run, "--samples", "2"],
      ({ terms, mse, images }) => {
        assert.equal(Object.keys(terms as object), ["recon", "belief", "transition", "predicted"]);
        assert.ok(Object.values(terms as object).every(Number.isFinite) && Number(mse) > 0);
        assert.is(images, 6);
      },
    ],
    [["encode", run, "--out", join(dir, "z.npy")], () => undefined],
  ];
  await inPairs(wanted, async ([verb, check]) => {
    const { code, stdout, lines } = await cli([...verb, "--json"]);
    assert.is(code, 0, lines.join("\n"));
    check(JSON.parse(stdout));
  });
  const { width, height } = await decodePng(readFileSync(out), out);
  assert.equal([width, height], [18 * 58 - 2, 4 * 56 + 2 + 2 + 6]);
  const z = parseNpy(readFileSync(join(dir, "z.npy")), "z.npy");
  assert.equal(z.shape, [6, 20 * 3]);

  const refusals: [string[], RegExp][] = [
    [["sample", run], /goes on from frames that it is given .*latentgpu rollout RUN/],
    [["rollout", run, "--given", "21"], /--given is 21 and the sequences have 20 frames/],
    [["rollout", run, "--length", "6"], /has learnt jumps of 1 to 5/],
    [["train", "td-vae", "--data", "builtin:glyphs?rows=30", "--out", join(dir, "no")], /no sequences of 20 frames/],
  ];
  await inPairs(refusals, async ([verb, says]) => {
    const { code, lines } = await cli(verb);
    assert.is(code, 2, lines.join("\n"));
    assert.match(lines.at(-1) as string, says);
  });
});

test.run();
