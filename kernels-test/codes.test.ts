import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { QuantizerConfig } from "../src/layers/quantizers/config.js";
import { checkMaps, interleaved, separated } from "../src/models/code-maps.js";
import { codeUse, codeUseText } from "../src/models/code-use.js";
import { refusal } from "./conv-run.js";
import { quantizers, vqRun } from "./vq-run.js";

const test = suite("codes");

test("what the counts of codes tell", () => {
  const set = { name: "top", numEmbeddings: 4 };
  assert.equal(codeUse(set, [1, 1, 0, 2]), {
    ...set,
    vectors: 4,
    used: 3,
    usagePercent: 75,
    perplexity: 2 ** 1.5,
    dead: [2],
    collapsed: false,
  });
  assert.is(codeUseText(codeUse(set, [1, 1, 0, 2])), "top: 3 of 4 codes in use (75 %), perplexity 2.8");
  assert.is(codeUse(set, [0, 99, 1, 0]).collapsed, true);
  assert.is(codeUse(set, [5, 5, 0, 0]).collapsed, false);
  assert.is(codeUse(set, [5, 5, 5, 5], Float32Array.of(1, 2, 1, 2, 1, 2, 0, 2)).collapsed, true);
  assert.is(codeUse(set, [5, 5, 5, 5], Float32Array.of(1, 2, 1, 2, 3, 2, 0, 2)).collapsed, false);
  assert.is(codeUse({ name: "one", numEmbeddings: 1 }, [5]).collapsed, false);
  assert.is(codeUse(set, [0, 0, 0, 0]).perplexity, 1);
});

test("maps of several sets side by side, and back", () => {
  const maps = [Uint32Array.of(1, 2, 3, 4), Uint32Array.of(5, 6, 7, 8)];
  assert.equal([...interleaved(maps)], [1, 5, 2, 6, 3, 7, 4, 8]);
  assert.equal(separated(interleaved(maps), 2), maps);
  assert.equal(interleaved([maps[0] as Uint32Array]), maps[0]);
  const level = { name: "codes", height: 1, width: 2, numEmbeddings: 9, sets: [{}, {}] } as unknown as Parameters<
    typeof checkMaps
  >[0][number];
  checkMaps([level], [interleaved(maps)]);
  for (const [given, part] of [
    [[], "0 maps of codes were given and the model has 1 (codes)"],
    [[new Uint32Array(5)], "The codes map has 5 indices; an image has 1 x 2 x 2"],
    [[Uint32Array.of(0, 1, 2, 9)], "Index 3 of the codes map is 9 and the model has 9 codes, from 0 to 8"],
  ] as const)
    assert.ok(refusal(() => checkMaps([level], given)).includes(part));
});

test("a config that does not fit is refused in one sentence with the remedy", () => {
  const quantizer = quantizers.gradient as QuantizerConfig;
  const bad: [Record<string, unknown>, string][] = [
    [{ kind: "vqvae" }, 'Did you mean "vq-vae"?'],
    [{ inputShape: [3, 9, 12] }, "Images of 12 x 9 cannot be halved 2 times; take --resize 12x8"],
    [{ kind: "vq-vae-2" }, "cannot be halved 3 times; take --resize 16x8"],
    [{ latentDim: 3 }, "model.latentDim is not a known key"],
    [{ latentConvs: false }, "last stage's 6 channels are the quantizer's, and its embeddingDim is 4"],
    [{ kind: "vq-vae-2", inputShape: [3, 8, 16], latentConvs: false }, "model.latentConvs is not a known key"],
    [{ reconstructionLoss: "bce" }, 'model.outputs is "linear" and "bce" reads logits'],
    [{ quantizer: { ...quantizer, kind: "codebok" } }, 'Did you mean "codebook"?'],
    [{ quantizer: { ...quantizer, numEmbeddings: 20_000 } }, "a whole number from 1 to 16384"],
    [{ quantizer: { ...quantizer, useEma: true, codebookCost: 1 } }, "codebookCost is 1 beside useEma"],
    [{ quantizer: { ...quantizer, cosine: true, residual: { quantizers: 2 } } }, "cosine goes without"],
    [{ quantizer: { ...quantizer, residual: { quantizers: 1 } } }, "residual.quantizers is 1"],
    [{ quantizer: { ...quantizer, levels: [3] } }, "quantizer.levels is not a known key"],
    [{ quantizer: { kind: "fsq", levels: [64, 64, 64], embeddingDim: 4 } }, "levels make 262144 codes"],
    [{ quantizer: { kind: "lfq", numEmbeddings: 12, embeddingDim: 4 } }, "a power of 2, such as 16"],
  ];
  for (const [more, part] of bad) {
    const text = refusal(() => vqRun(more));
    assert.ok(text.includes(part), text);
    assert.match(text, /^[^\n]*[.?]$/);
  }
  assert.match(
    refusal(() => vqRun({}, { beta: 2 })),
    /^beta is for the KL of a "vae", and this model is "vq-vae"; leave it out\.$/,
  );
});

test.run();
