import {
  codeUse,
  drawGlyphs,
  floatRows,
  type RunConfig,
  type Showing,
  type Training,
  type VqVaeConfig,
} from "latentgpu";
import { CellPad } from "../common/cells.js";
import { Chart } from "../common/chart.js";
import { type Job, Live, whenHidden } from "../common/live.js";
import { addSlider, attempt, byId, freshCanvas, onPress, say, showError } from "../common/page.js";
import { fill, Palette } from "./palette.js";
import { CodePrior } from "./prior.js";

/** Codes of a map along each side. */
const side = 7;
const settings = byId("settings", HTMLElement);
const idle = { onInput: () => undefined };
const codes = addSlider(settings, { label: "Codes", min: 8, max: 64, step: 8, value: 32, ...idle });
const channels = addSlider(settings, { label: "Channels", min: 8, max: 64, step: 8, value: 32, ...idle });
const chart = new Chart(byId("chart", SVGSVGElement), ["reconstruction", "commitment"]);
const map = new Uint32Array(side * side);
const canvas = byId("map", HTMLCanvasElement);
const palette = new Palette(byId("palette", HTMLElement));
palette.build(codes.value);

/** Images that the use of the codes is counted on. */
const watched = floatRows(drawGlyphs(64), 0, 64);
let picture: Showing | undefined;
let drawn = 0;

function configOf(): RunConfig<VqVaeConfig> {
  const rows = byId("data", HTMLSelectElement).value;
  const width = channels.value;
  return {
    model: {
      kind: "vq-vae",
      inputShape: [1, 28, 28],
      channels: [width / 2, width],
      residualChannels: width / 2,
      quantizer: {
        kind: "codebook",
        numEmbeddings: codes.value,
        embeddingDim: Math.min(16, width),
        useEma: true,
        deadCodeThreshold: 1,
        kmeansInit: true,
      },
      reconstructionLoss: "mse",
      outputs: "linear",
    },
    data: `builtin:glyphs?rows=${rows}`,
    batch: 32,
    epochs: 100_000,
    seed: 0,
    optimizer: { kind: "adam", lr: 1e-3 },
    reduction: "elementMean",
    saveEvery: 1_000_000_000,
  };
}

async function configure(): Promise<readonly Job[]> {
  chart.clear();
  prior.forget();
  palette.build(codes.value);
  const config = configOf();
  let told = 0;
  const onStepEnd = ({
    step,
    terms,
  }: {
    readonly step: number;
    readonly terms: Readonly<Record<string, number>>;
  }): void => {
    const recon = terms.recon ?? 0;
    chart.add(step, [recon, terms.commit ?? 0]);
    if (performance.now() - told < 200) return;
    told = performance.now();
    say(`Step ${step}: squared error ${recon.toFixed(2)} an image`);
  };
  return [[config, { whenHidden: whenHidden(), onStepEnd }]];
}

async function show([training]: readonly Training[]): Promise<void> {
  if (!training) return;
  picture = undefined;
  map.fill(0);
  picture = await training.show(freshCanvas("picture"), { kind: "picture", values: map, scale: 8 }, { fps: 5 });
  const first = floatRows(drawGlyphs(12), 0, 12);
  await training.show(freshCanvas("rows"), { kind: "reconstruct", values: first }, { fps: 2 });
  for (const id of ["another", "train-prior"]) byId(id, HTMLButtonElement).disabled = false;
  await another(training);
  void watchCodes(training);
}

/** Counts the use of the codes once a second, as long as it trains. */
async function watchCodes(training: Training): Promise<void> {
  const name = "codes";
  while (live.trainings[0] === training) {
    try {
      const [indices] = await training.ask("indices", watched);
      const numEmbeddings = codes.value;
      const counts = new Float64Array(numEmbeddings);
      for (const index of indices as Uint32Array) counts[index]++;
      palette.use(counts);
      const { used, perplexity } = codeUse({ name, numEmbeddings }, counts);
      const text = `${used} of ${counts.length} codes in use on 64 images, as evenly as ${perplexity.toFixed(1)} would be.`;
      byId("usage", HTMLElement).textContent = text;
    } catch (error) {
      if (live.trainings[0] === training) showError(error);
      return;
    }
    await new Promise((next) => setTimeout(next, 1000));
  }
}

/** Takes another map, of a picture or drawn. */
function take(codes: ArrayLike<number>): void {
  map.set(codes);
  redraw();
}

function redraw(): void {
  fill(canvas, map);
  picture?.set(map.slice());
}

/** The map of a picture that the model is not trained on. */
async function another(training = live.trainings[0]): Promise<void> {
  const [indices] = (await training?.ask("indices", floatRows(drawGlyphs(1, 99, drawn++), 0, 1))) ?? [];
  if (indices) take(indices);
}

new CellPad(
  byId("map-pad", HTMLElement),
  () => [side, side],
  ([x, y]) => {
    map[y * side + x] = palette.chosen;
    redraw();
  },
);
redraw();

const live = new Live(byId("start", HTMLButtonElement), configure, show);
const prior = new CodePrior(live, side, take);
onPress("anew", () => live.start());
onPress("another", () => another());
onPress("train-prior", () => prior.train(codes.value, Number(byId("data", HTMLSelectElement).value)));
onPress("draw", () => attempt(() => prior.draw()));
