import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawGlyphs } from "../src/data/glyphs.js";
import { encodeNpy } from "../src/formats/npy.js";
import { cli } from "./run-cli.js";

const test = suite("PyTorch trains on");
const base = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
test.after(() => rmSync(base, { recursive: true }));
const at = (...names: string[]): string => join(base, ...names);
const python = ["/usr/bin/python3", "python3"].find(
  (name) => spawnSync(name, ["-c", "import torch.distributed.run"]).status === 0,
);
if (!python) console.log("skipped: exported runs trained on by torchrun (no python3 with torch)");

async function done(...args: string[]): Promise<void> {
  const { code, lines } = await cli(args);
  assert.is(code, 0, `${args.join(" ")}: ${lines.join("\n")}`);
}

const losses = (run: string): { step: number; loss: number }[] =>
  readFileSync(at(run, "metrics.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"kind":"step"'))
    .map((line) => JSON.parse(line));

const set = (...values: string[]): string[] => values.flatMap((value) => ["--set", value]);
const vq = '{"kind":"codebook","numEmbeddings":8,"embeddingDim":4}';
/** Rows, in batches of which the last of an epoch is short: 40, 40, 16. */
const rows = 96;
const data = ["--data", `builtin:glyphs?rows=${rows}`, "--batch", "40"];
const families: Readonly<Record<string, readonly string[]>> = {
  "dense VAE": ["seed/vae-20", ...set("model.hiddenDims=[12]", "model.latentDim=3")],
  "convolutional VAE": ["conv/vae-28", ...set("model.channels=[4,6]", "model.latentDim=3", "model.norm=group")],
  "VQ-VAE": ["vq-28", ...set("model.channels=[4,6]", "model.residualChannels=3", `model.quantizer=${vq}`)],
};
/** Steps here, then steps by two processes of PyTorch, then steps here again. */
const [before, there, after] = [4, 4, 3];

for (const [name, family] of Object.entries(families))
  (python ? test : test.skip)(
    `${name}: two processes of torchrun go on with the losses that we would have had, and what they trained goes on here`,
    async () => {
      const [whole, run, again] = ["whole", "run", "again"].map((place) => `${name} ${place}`.replaceAll(" ", "-"));
      const train = (out: string, steps: number): string[] => [
        "train",
        ...family,
        ...data,
        "--steps",
        String(steps),
        "--out",
        at(out),
      ];
      await done(...train(whole, before + there + after));
      await done(...train(run, before));
      await done("export", at(run), "--to", "torch", "--out", at(`${run}-torch`));
      writeFileSync(at("images.npy"), encodeNpy([rows, 28, 28], drawGlyphs(rows, 0, 0).values));
      // Redirected: without that torch 1.13 does not start its processes under Python 3.11.
      const launch = ["-m", "torch.distributed.run", "-r", "1", "-t", "1", "--nproc_per_node", "2"];
      const port = ["--rdzv_backend", "c10d", "--rdzv_endpoint", "localhost:0"];
      const options = ["--data", at("images.npy"), "--steps", String(there), "--out", at(`${run}-trained`)];
      const script = join(at(`${run}-torch`), "train_ddp.py");
      const ended = spawnSync(python as string, ["-B", ...launch, ...port, script, ...options], {
        encoding: "utf8",
        env: { ...process.env, OMP_NUM_THREADS: "1" },
        timeout: 240_000,
      });
      assert.is(ended.status, 0, ended.stderr);
      const told = ended.stdout
        .split("\n")
        .map((line) => /\{.*\}$/.exec(line)?.[0])
        .filter((line) => line !== undefined)
        .map((line) => JSON.parse(line) as { step: number; loss: number });
      const own = losses(whole);
      assert.equal(
        told.map(({ step }) => step),
        Array.from({ length: there }, (_, i) => before + i + 1),
      );
      told.forEach(({ step, loss }, i) => {
        const want = own[before + i].loss;
        const bound = i === 0 ? 1e-5 : 1e-4;
        assert.ok(Math.abs(loss - want) <= bound * Math.abs(want), `step ${step}: ${loss}, and here ${want}`);
      });

      await done("import", at(`${run}-trained`), "--out", at(again));
      await done("train", "--out", at(again), "--resume", "--steps", String(before + there + after));
      const on = losses(again);
      assert.equal(
        on.map(({ step }) => step),
        Array.from({ length: after }, (_, i) => before + there + i + 1),
      );
      for (const { step, loss } of on) {
        const want = own[step - 1].loss;
        assert.ok(Math.abs(loss - want) <= 1e-4 * Math.abs(want), `step ${step}: ${loss}, and in one run ${want}`);
      }
    },
  );

test("what the PyTorch code has no line for is refused by name, and nothing is written", async () => {
  const refused = async (says: RegExp, ...more: string[]): Promise<void> => {
    const run = `refused-${said++}`;
    await done("train", ...more, ...data, "--steps", "1", "--out", at(run));
    const { code, lines } = await cli(["export", at(run), "--to", "torch", "--out", at(`${run}-torch`)]);
    assert.is(code, 2);
    assert.match(lines.at(-1) ?? "", says);
    assert.not.ok(existsSync(at(`${run}-torch`)));
  };
  let said = 0;
  const small = set("model.hiddenDims=[12]", "model.latentDim=3");
  await refused(/kind "dae"/, "seed/dae-gaussian", ...small);
  await refused(/optimizer "sgd"/, "seed/vae-20", ...small, ...set('optimizer={"kind":"sgd"}'));
  await refused(/freeBits/, "seed/vae-20", ...small, ...set("freeBits=0.1"));
});

test.run();
