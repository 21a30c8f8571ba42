import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawScenes } from "../src/data/scenes.js";
import { parseNpy } from "../src/formats/npy.js";
import { decodePng, encodePng } from "../src/formats/png.js";
import { cli, inPairs, sha256 } from "./run-cli.js";

const test = suite("convolutional models on the command line");
let folder = "";
let pngs = "";
let run = "";

const png = (path: string): ReturnType<typeof decodePng> => decodePng(readFileSync(path), path);
const small = ["channels=[4,6]", "norm=batch", "latentDim=3"].flatMap((text) => ["--set", `model.${text}`]);

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), "latentgpu-conv-"));
  [pngs, run] = [join(folder, "pngs"), join(folder, "run")];
  mkdirSync(pngs);
  const { values } = drawScenes(9);
  for (let i = 0; i < 9; i++) {
    // The first rows of each: every file has another height.
    const height = 128 - i;
    const data = values.slice(i * 49152, i * 49152 + height * 384) as Uint8Array;
    writeFileSync(join(pngs, `${i}.png`), await encodePng({ width: 128, height, channels: 3, data }));
  }
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("train takes a folder of any sizes with --resize, and goes on bit for bit", async () => {
  const train = (...more: string[]) => cli(["train", "conv/vae-28", "--data", pngs, "--batch", "4", ...small, ...more]);
  const refusals: [string[], RegExp][] = [
    [["--out", run], /--resize 128x128\.$/],
    [["--out", run, "--resize", "18x16"], /18 x 16 cannot be divided .* = 4; take --resize 20x16,/],
    [["--out", run, "--resize", "18"], /--resize is "18"; give width x height in pixels/],
  ];
  await inPairs(refusals, async ([args, says]) => {
    const { code, lines } = await train(...args);
    assert.is(code, 2, lines.join("\n"));
    assert.match(lines.at(-1) as string, says);
  });
  const straight = join(folder, "straight");
  const resized = ["--resize", "16x12"];
  const first = await train("--out", run, "--steps", "2", ...resized);
  assert.is(first.code, 0, first.lines.join("\n"));
  await inPairs(
    [
      ["train", "--out", run, "--resume", "--steps", "5"],
      ["train", "conv/vae-28", "--data", pngs, "--batch", "4", ...small, "--steps", "5", "--out", straight, ...resized],
    ],
    async (args) => {
      const { code, lines } = await cli(args);
      assert.is(code, 0, lines.join("\n"));
    },
  );
  for (const file of ["model.safetensors", "state.safetensors", "metrics.jsonl", "pictures/samples.png"])
    assert.is(sha256(join(run, file)), sha256(join(straight, file)), file);
  const { model, resize } = JSON.parse(readFileSync(join(run, "config.json"), "utf8"));
  assert.equal(
    [model.inputShape, resize],
    [
      [3, 12, 16],
      [16, 12],
    ],
  );
});

test("every verb serves a convolutional model, in colour", async () => {
  const verbs = ["sample", "reconstruct", "interpolate", "traverse", "manifold"];
  await inPairs(verbs, async (name) => {
    const count = name === "manifold" ? ["--steps", "3"] : ["--count", name === "sample" ? "64" : "2"];
    const { code, stdout, lines } = await cli([name, run, ...count, "--json"]);
    assert.is(code, 0, lines.join("\n"));
    const picture = await png(JSON.parse(stdout).picture);
    assert.is(picture.channels, 3, name);
  });
  // Batch norm's statistics came back with the weights.
  const [loaded, trained] = ["sample", "samples"].map((name) => sha256(join(run, "pictures", `${name}.png`)));
  assert.is(loaded, trained);
  const encoded = await cli(["encode", run, "--json"]);
  assert.is(encoded.code, 0, encoded.lines.join("\n"));
  assert.equal(parseNpy(readFileSync(join(run, "latents.npy")), "latents.npy").shape, [9, 3]);
  const evaluated = await cli(["evaluate", run, "--json", "--data", "builtin:scenes?rows=30", "--resize", "16x12"]);
  assert.is(evaluated.code, 0, evaluated.lines.join("\n"));
  const result = JSON.parse(evaluated.stdout);
  assert.is(result.images, 6);
  assert.ok(result.negativeElbo > 0 && result.nll <= result.negativeElbo);
});

test("images of another size are refused with the remedy", async () => {
  const { code, lines } = await cli(["reconstruct", run, "--data", "builtin:scenes?rows=5", "--resize", "8x8"]);
  assert.is(code, 2);
  assert.match(lines.at(-1) as string, /holds images of \[3,8,8\] .* bring them to it with --resize 16x12\.$/);
});

test.run();
