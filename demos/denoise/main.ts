import type { CorruptionConfig, RunConfig, Showing, Training } from "latentgpu";
import { CellPad } from "../common/cells.js";
import { Chart } from "../common/chart.js";
import { type Job, Live, whenHidden } from "../common/live.js";
import { addSlider, byId, freshCanvas, onPress, say } from "../common/page.js";
import { patch, Sketch, side } from "./sketch.js";

const settings = byId("settings", HTMLElement);
const hidden = addSlider(settings, {
  label: "Hidden units",
  min: 64,
  max: 512,
  step: 64,
  value: 256,
  onInput: () => undefined,
});
const chart = new Chart(byId("chart", SVGSVGElement), ["denoising", "masked"]);

const configOf = (corruption: CorruptionConfig): RunConfig => ({
  model: {
    kind: "dae",
    inputShape: [1, side, side],
    hiddenDims: [hidden.value],
    latentDim: 64,
    reconstructionLoss: "bce",
  },
  data: `builtin:glyphs?rows=${byId("data", HTMLSelectElement).value}`,
  batch: 64,
  epochs: 100_000,
  seed: 0,
  optimizer: { kind: "adam", lr: 1e-3 },
  reduction: "batchMean",
  corruption,
  saveEvery: 1_000_000_000,
});

/** The last loss of each model. */
let losses: (number | undefined)[] = [];

async function configure(): Promise<readonly Job[]> {
  chart.clear();
  losses = [];
  const corruptions: readonly CorruptionConfig[] = [
    { kind: "gaussian", sigma: 0.4 },
    { kind: "patch", size: patch, ratio: 0.3 },
  ];
  let told = 0;
  return corruptions.map((corruption, i): Job => {
    const onStepEnd = ({ step, loss }: { readonly step: number; readonly loss: number }): void => {
      losses[i] = loss;
      const [denoising, masked] = losses;
      if (denoising === undefined || masked === undefined) return;
      if (i === 0) chart.add(step, [denoising, masked]);
      if (performance.now() - told < 200) return;
      told = performance.now();
      say(`Step ${step}: denoising ${denoising.toFixed(1)}, masked ${masked.toFixed(1)}`);
    };
    return [configOf(corruption), { whenHidden: whenHidden(), onStepEnd }];
  });
}

let shown: readonly Showing[] = [];

async function show(trainings: readonly Training[]): Promise<void> {
  shown = [];
  const view = { kind: "reconstruct", values: sketch.values, alone: true, scale: 8 } as const;
  const made = await Promise.all(
    trainings.map((training, i) => training.show(freshCanvas(i === 0 ? "denoised" : "masked"), view, { fps: 5 })),
  );
  shown = made;
  for (const showing of made) showing.set(sketch.values.slice());
}

const sketch = new Sketch(byId("drawn", HTMLCanvasElement), (values) => {
  for (const showing of shown) showing.set(values);
});

const tools = ["pen", "rubber"].map((id) =>
  onPress(id, () => {
    for (const tool of tools) tool.setAttribute("aria-pressed", String(tool.id === id));
  }),
);
new CellPad(
  byId("sketch", HTMLElement),
  () => [side, side],
  ([x, y]) => {
    if (tools[0]?.getAttribute("aria-pressed") === "true") sketch.draw(x, y);
    else sketch.rub(x, y);
  },
);
const amount = addSlider(byId("amount", HTMLElement), {
  label: "Noise",
  min: 0.05,
  max: 1,
  step: 0.05,
  value: 0.4,
  format: (v) => v.toFixed(2),
  onInput: () => undefined,
});
onPress("noise", () => sketch.addNoise(amount.value));
onPress("digit", () => sketch.digit());
onPress("clear", () => sketch.clear());

const live = new Live(byId("start", HTMLButtonElement), configure, show);
onPress("anew", () => live.start());
