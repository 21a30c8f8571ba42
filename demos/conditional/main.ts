import {
  type DenseConfig,
  RandomStream,
  type RunConfig,
  type Showing,
  streams,
  type Training,
  type TrainOptions,
} from "latentgpu";
import { Chart } from "../common/chart.js";
import { type Job, Live, whenHidden } from "../common/live.js";
import { Pad } from "../common/pad.js";
import { addSlider, byId, freshCanvas, onPress, type Slider, say } from "../common/page.js";

const classes = 10;
const styles = 6;
/** The latent coordinate at the edges of the pad. */
const range = 3;
const settings = byId("settings", HTMLElement);
const idle = { onInput: () => undefined };
const dims = addSlider(settings, { label: "Latent dimensions", min: 2, max: 8, step: 1, value: 4, ...idle });
const hidden = addSlider(settings, { label: "Hidden units", min: 64, max: 512, step: 64, value: 256, ...idle });
const chart = new Chart(byId("chart", SVGSVGElement), ["reconstruction", "KL"]);

let z = new Float32Array(dims.value);
let label = 0;
let seed = 1;
let sliders: Slider[] = [];
let shown: { one?: Showing; all?: Showing } = {};

const configOf = (): RunConfig<DenseConfig> => ({
  model: {
    kind: "vae",
    inputShape: [1, 28, 28],
    hiddenDims: [hidden.value],
    latentDim: dims.value,
    reconstructionLoss: "bce",
    condition: byId("condition", HTMLSelectElement).value as "concat" | "add",
    numClasses: classes,
  },
  data: `builtin:glyphs?rows=${byId("data", HTMLSelectElement).value}`,
  batch: 128,
  epochs: 100_000,
  seed: 0,
  optimizer: { kind: "adam", lr: 1e-3 },
  reduction: "batchMean",
  saveEvery: 1_000_000_000,
});

async function configure(): Promise<readonly Job[]> {
  chart.clear();
  const config = configOf();
  z = normals(config.model.latentDim);
  buildSliders();
  let told = 0;
  const options: TrainOptions = {
    whenHidden: whenHidden(),
    onStepEnd: ({ step, terms }) => {
      chart.add(step, [terms.recon ?? 0, terms.kl ?? 0]);
      if (performance.now() - told < 200) return;
      told = performance.now();
      say(`Step ${step}: reconstruction ${(terms.recon ?? 0).toFixed(1)}, KL ${(terms.kl ?? 0).toFixed(1)}`);
    },
  };
  return [[config, options]];
}

function normals(count: number): Float32Array<ArrayBuffer> {
  const random = new RandomStream(seed++, streams.sample);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** Every class of each of some latents. */
function inEveryClass(latents: Float32Array): { readonly values: Float32Array; readonly labels: number[] } {
  const width = z.length;
  const rows = latents.length / width;
  const values = new Float32Array(rows * classes * width);
  for (let i = 0; i < rows * classes; i++) {
    const row = Math.floor(i / classes);
    values.set(latents.subarray(row * width, (row + 1) * width), i * width);
  }
  return { values, labels: Array.from({ length: rows * classes }, (_, i) => i % classes) };
}

async function show([training]: readonly Training[]): Promise<void> {
  if (!training) return;
  shown = {};
  const decode = { kind: "decode", columns: classes } as const;
  shown.one = await training.show(freshCanvas("one"), { ...decode, values: z, labels: [label], scale: 8 }, { fps: 5 });
  shown.all = await training.show(freshCanvas("all"), { ...decode, ...inEveryClass(z) }, { fps: 5 });
  await training.show(freshCanvas("many"), { ...decode, ...inEveryClass(normals(styles * z.length)) }, { fps: 2 });
  move();
}

function buildSliders(): void {
  const place = byId("dims", HTMLElement);
  place.replaceChildren();
  sliders = Array.from({ length: z.length }, (_, i) =>
    addSlider(place, {
      label: `Style ${i + 1}`,
      min: -range,
      max: range,
      step: 0.05,
      value: z[i] as number,
      format: (v) => v.toFixed(2),
      onInput: (value) => {
        z[i] = value;
        move();
      },
    }),
  );
}

/** Draws the chosen class and style as they are now. */
function move(): void {
  shown.one?.set(z.slice(), [label]);
  const all = inEveryClass(z);
  shown.all?.set(all.values, all.labels);
  pad.place([(z[0] as number) / range, (z[1] as number) / range]);
}

const pad = new Pad(byId("style-pad", HTMLElement), ([x, y]) => {
  for (const [i, value] of [x * range, y * range].entries()) {
    z[i] = value;
    if (sliders[i]) sliders[i].value = value;
  }
  move();
});

const buttons = Array.from({ length: classes }, (_, i) => {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: String(i) });
  button.addEventListener("click", () => choose(i));
  return button;
});
byId("classes", HTMLElement).append(...buttons);

function choose(wanted: number): void {
  label = wanted;
  for (const [i, button] of buttons.entries()) button.setAttribute("aria-pressed", String(i === label));
  move();
}

buildSliders();
choose(0);
const live = new Live(byId("start", HTMLButtonElement), configure, show);
onPress("anew", () => live.start());
onPress("random", () => {
  z = normals(z.length);
  buildSliders();
  move();
});
