import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeNpy, parseNpy } from "../src/formats/npy.js";
import { decodePng } from "../src/formats/png.js";
import { cli, hashes, inPairs, sha256 } from "./run-cli.js";

const test = suite("models of codes on the command line");
const folder = mkdtempSync(join(tmpdir(), "latentgpu-vq-"));
const [run, two] = [join(folder, "run"), join(folder, "two")];
test.after(() => rmSync(folder, { recursive: true, force: true }));

const set = (...values: string[]): string[] => values.flatMap((value) => ["--set", value]);
const quantizer =
  '{"kind":"codebook","numEmbeddings":12,"embeddingDim":4,"useEma":true,"deadCodeThreshold":0.1,"decay":0.8}';
const small = ["model.channels=[4,6]", "model.residualChannels=3", `model.quantizer=${quantizer}`];
/** 13 steps an epoch. */
const train = (preset: string, out: string, ...more: string[]): string[] => [
  ...["train", preset, "--data", "builtin:glyphs?rows=200", "--batch", "16", "--out", out],
  ...set(...small),
  ...more,
];
/** Sides that three halvings divide. */
const top = ["--resize", "16x16", ...set("model.inputShape=[1,16,16]", "model.convs=0")];

async function succeed(args: readonly string[]): Promise<{ json: Record<string, unknown>; lines: readonly string[] }> {
  const { code, signal, stdout, lines } = await cli(args);
  assert.is(`${code} ${signal}`, "0 null", lines.join("\n"));
  return { json: stdout.startsWith("{") ? JSON.parse(stdout) : {}, lines };
}

const npy = (path: string): ReturnType<typeof parseNpy> => parseNpy(readFileSync(path), path);
const pixels = async (path: string): Promise<Uint8Array> => (await decodePng(readFileSync(path), path)).data;

test("train tells of the use of the codes, and goes on bit for bit", async () => {
  const straight = join(folder, "straight");
  await inPairs(
    [
      train("vq-28", run, "--steps", "20"),
      train("vq-vae-2/64", two, "--steps", "15", ...top),
      train("vq-28", straight, "--steps", "30"),
    ],
    async (args) => {
      const { lines } = await succeed(args);
      assert.ok(
        lines.some((line) => /^ {2}quantizer.*: \d+ of 12 codes in use \(\d+ %\), perplexity \d/.test(line)),
        lines.join("\n"),
      );
    },
  );
  await succeed(["train", "--out", run, "--resume", "--steps", "30"]);
  assert.equal(hashes(run), hashes(straight));
  const lines = readFileSync(join(two, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { codebooks } = lines.find(({ kind }) => kind === "epoch");
  assert.equal(
    codebooks.map(({ name, numEmbeddings, vectors }: Record<string, unknown>) => [name, numEmbeddings, vectors]),
    [
      ["quantizer_top", 12, 200 * 4],
      ["quantizer_bottom", 12, 200 * 16],
    ],
  );
  for (const { used, dead, perplexity } of codebooks) {
    assert.is(used + dead.length, 12);
    assert.ok(perplexity >= 1 && perplexity <= used);
  }
  for (const dir of [run, two])
    for (const name of ["codes", "epoch-0001", "film", "reconstructions"])
      assert.ok(existsSync(join(dir, "pictures", `${name}.png`)), name);
});

test("a codebook of one point is told of as collapsed", async () => {
  const dir = join(folder, "collapsed");
  const one = '{"kind":"codebook","numEmbeddings":12,"embeddingDim":4,"initBound":1e-30}';
  const { lines } = await succeed(
    train("vq-28", dir, "--epochs", "1", ...set(`model.quantizer=${one}`, "optimizer.lr=1e-6")),
  );
  assert.ok(
    lines.some((line) => /: collapsed onto one point; start anew with/.test(line)),
    lines.join("\n"),
  );
  const { json } = await succeed(["codes", dir, "--json"]);
  assert.is((json.codebooks as { collapsed: boolean }[])[0]?.collapsed, true);
});

test("encode and decode: the codes of each level, and the pictures that they are", async () => {
  for (const dir of [run, two]) {
    const levels = dir === two ? ["top", "bottom"] : [""];
    const { json } = await succeed(["encode", dir, "--limit", "20", "--json"]);
    const files = levels.map((level) => join(dir, `codes${level && `-${level}`}.npy`));
    assert.equal(
      (json.levels as { codes: string }[]).map(({ codes }) => codes),
      files,
    );
    const arrays = files.map(npy);
    assert.equal(
      arrays.map(({ dtype, shape }) => [dtype, ...shape]),
      dir === two
        ? [
            ["<u4", 20, 2, 2],
            ["<u4", 20, 4, 4],
          ]
        : [["<u4", 20, 7, 7]],
    );
    assert.ok(arrays.every(({ data }) => [...data].every((index) => Number(index) < 12)));
    const out = join(folder, "out.png");
    await succeed(["decode", dir, ...files, "--count", "10", "--out", out]);
    const { width } = await decodePng(readFileSync(out), out);
    // Other whole types are codes too.
    const rest = files.slice(1);
    const int = join(folder, "int.npy");
    writeFileSync(int, encodeNpy(arrays[0]?.shape ?? [], Int32Array.from(arrays[0]?.data as Uint32Array)));
    await succeed(["decode", dir, int, ...rest, "--count", "10", "--out", join(folder, "int.png")]);
    assert.is(sha256(join(folder, "int.png")), sha256(out));
    // The bottom row of `reconstruct` is the same pictures.
    const rows = join(folder, "rows.png");
    await succeed(["reconstruct", dir, "--count", "4", "--out", rows]);
    await succeed(["decode", dir, ...files, "--count", "4", "--out", out]);
    assert.ok(width > 0);
    const [grid, both] = [await decodePng(readFileSync(out), out), await decodePng(readFileSync(rows), rows)];
    const side = (grid.width - 2) / 2;
    for (const n of [0, 1, 2, 3])
      for (let y = 0; y < side; y++) {
        const a = ((n >> 1) * (side + 2) + y) * grid.width + (n & 1) * (side + 2);
        const b = (side + 2 + y) * both.width + n * (side + 2);
        assert.equal(grid.data.slice(a, a + side), both.data.slice(b, b + side), `image ${n}, line ${y}`);
      }
  }
});

test("codes prints the use and draws the maps; evaluate judges; interpolate and latents of others serve", async () => {
  const { json } = await succeed(["codes", two, "--limit", "30", "--json"]);
  const uses = json.codebooks as { vectors: number }[];
  assert.equal(
    uses.map(({ vectors }) => vectors),
    [30 * 4, 30 * 16],
  );
  assert.ok((await pixels(json.picture as string)).length > 0);
  const { json: judged } = await succeed(["evaluate", two, "--limit", "30", "--json"]);
  assert.equal(judged.codebooks, uses);
  assert.ok(Number(judged.mse) > 0 && Number(judged.psnr) > 5);
  assert.is(judged.activeUnits, undefined);
  const { mse, terms } = judged as { mse: number; terms: { recon: number } };
  assert.ok(Math.abs(terms.recon / 256 - mse) < 1e-4 * mse, "recon is mse summed over an image");
  await succeed(["interpolate", run, "--count", "2"]);
  const plain = join(folder, "plain");
  await succeed(["train", "seed/ae-8", "--data", "builtin:glyphs?rows=40", "--steps", "2", "--out", plain]);
  await succeed(["encode", plain]);
  await succeed(["decode", plain, join(plain, "latents.npy"), "--count", "4"]);
});

test("what does not fit ends with one sentence and exit code 2", async () => {
  const far = join(folder, "far.npy");
  writeFileSync(far, encodeNpy([1, 7, 7], new Uint32Array(49).fill(12)));
  const flat = join(folder, "flat.npy");
  writeFileSync(flat, encodeNpy([49], new Uint32Array(49)));
  const refusals: [string[], RegExp][] = [
    [["decode", run, far], /holds 12 and the model has 12 codes, whole numbers from 0; give codes of this run\.$/],
    [["decode", run, flat], /is \[49\] and the model's map of codes is \[images, 7, 7\]; give what encode writes\.$/],
    [["decode", run, join(folder, "none.npy")], /none\.npy is not there; check its name and its rights\.$/],
    [["decode", two, join(two, "codes-top.npy")], /1 files were given and the model has 2 maps of codes: top, bottom;/],
    [["decode", join(folder, "plain"), far], /is \[1, 7, 7\] and the model's latents are \[images, 8\];/],
    [
      ["codes", join(folder, "plain")],
      /A model of kind "ae" has latents and no codes; take a "vq-vae" or "vq-vae-2"\.$/,
    ],
    [["traverse", run], /has codes and no coordinates to walk along; use codes, reconstruct, interpolate or decode\.$/],
    [["manifold", two], /has codes and no coordinates/],
    [["sample", run], /Codes have no prior of their own: train one/],
    [["encode", run, "--statistics"], /has no mu and logVar; leave out --statistics\.$/],
    [["encode", run, "--out", join(folder, "x.png")], /codes are a NumPy file, so give it a name in \.npy\.$/],
    [train("vq-28", join(folder, "no"), ...set("model.quantizer.decay=2")), /model\.quantizer\.decay is 2; allowed/],
    [
      train("vq-28", join(folder, "no"), "--resize", "30x30"),
      /Images of 30 x 30 cannot be halved 2 times; take --resize 32x32/,
    ],
  ];
  await inPairs(refusals, async ([args, says]) => {
    const { code, lines } = await cli(args);
    assert.is(code, 2, `${args.join(" ")}: ${lines.join("\n")}`);
    assert.match(lines.at(-1) as string, says);
  });
});

test.run();
