import {
  type ConvConfig,
  type DenseConfig,
  decodeRun,
  isPrior,
  RandomStream,
  type RunConfig,
  type RunFiles,
  type Showing,
  sharedPage,
  streams,
  type Training,
  type TrainOptions,
} from "latentgpu";
import { Chart } from "../common/chart.js";
import { dropZone } from "../common/files.js";
import { type Job, Live, whenHidden } from "../common/live.js";
import { Pad } from "../common/pad.js";
import {
  addSlider,
  attempt,
  byId,
  clearError,
  download,
  freshCanvas,
  onPress,
  type Slider,
  say,
} from "../common/page.js";
import { type Chosen, glyphs, ofDataset, readDropped } from "./data.js";

type VaeRun = RunConfig<DenseConfig | ConvConfig>;

/** The latent coordinate at the edges of map and manifold. */
const range = 4;
/** Pictures along a side of the manifold. */
const steps = 11;
const sampleCount = 64;
const runNames = ["config.json", "model.safetensors", "state.safetensors"] as const;

const settings = byId("settings", HTMLElement);
const set = (label: string, min: number, max: number, step: number, value: number, format?: (v: number) => string) =>
  addSlider(settings, { label, min, max, step, value, ...(format && { format }), onInput: () => undefined });
const dims = set("Latent dimensions", 2, 16, 1, 3);
const hidden = set("Hidden units", 32, 512, 32, 256);
const beta = set("Weight of the KL (beta)", 0.1, 8, 0.1, 1, (v) => v.toFixed(1));
const rate = set("Learning rate", -4, -2, 0.25, -3, (v) => (10 ** v).toPrecision(2));

const choice = byId("data", HTMLSelectElement);
const chart = new Chart(byId("chart", SVGSVGElement), ["reconstruction", "KL"]);
let own: Chosen | undefined;
let resumed: { readonly config: VaeRun; readonly state: Uint8Array } | undefined;

/** The point, and what follows it. */
let z = new Float32Array(2);
let sliders: Slider[] = [];
let seed = 1;
let shown: { point?: Showing; manifold?: Showing; samples?: Showing } = {};

const chosen = (): Chosen => (choice.value === "own" && own ? own : glyphs(Number(choice.value)));

/** The config of a run: the loaded one's, or by the controls. */
function configOf({ spec, inputShape }: Chosen): VaeRun {
  return {
    model: {
      kind: "vae",
      inputShape,
      hiddenDims: [hidden.value],
      latentDim: dims.value,
      reconstructionLoss: "bce",
    },
    data: spec,
    batch: 128,
    epochs: 100_000,
    seed: 0,
    optimizer: { kind: "adam", lr: 10 ** rate.value },
    beta: beta.value,
    reduction: "batchMean",
    saveEvery: 1_000_000_000,
  };
}

let images: Float32Array = new Float32Array();

async function configure(): Promise<readonly Job[]> {
  const from = chosen();
  const config = resumed?.config ?? configOf(from);
  if (config.model.inputShape.join() !== from.inputShape.join())
    throw new Error(
      `The run takes images of [${config.model.inputShape}] (C, H, W); drop its own data, then the run again.`,
    );
  const state = resumed?.state;
  resumed = undefined;
  images = from.first;
  chart.clear();
  z = new Float32Array(config.model.latentDim);
  buildSliders(config);
  let told = 0;
  const options: TrainOptions = {
    ...(from.data && { data: from.data }),
    ...(state && { state }),
    whenHidden: whenHidden(),
    onTrainBegin: ({ adapter }) => say(`On ${adapter}`),
    onStepEnd: ({ step, terms }) => {
      chart.add(step, [terms.recon ?? 0, terms.kl ?? 0]);
      if (performance.now() - told < 200) return;
      told = performance.now();
      say(`Step ${step}: reconstruction ${(terms.recon ?? 0).toFixed(1)}, KL ${(terms.kl ?? 0).toFixed(1)}`);
    },
  };
  return [[config, options]];
}

async function show([training]: readonly Training[]): Promise<void> {
  if (!training) return;
  shown = {};
  const latent = z.length;
  const decode = (values: Float32Array) => ({ kind: "decode", values }) as const;
  const large = { fps: 10, scale: 1 };
  shown.point = await training.show(freshCanvas("point"), { ...decode(z), scale: 8 }, large);
  shown.samples = await training.show(freshCanvas("samples"), decode(normals(latent)), { fps: 3 });
  await training.show(freshCanvas("rows"), { kind: "reconstruct", values: images }, { fps: 3 });
  shown.manifold = await training.show(
    freshCanvas("manifold"),
    { ...decode(grid()), columns: steps, gap: 0 },
    { fps: 2 },
  );
  await training.show(freshCanvas("map"), { kind: "scatter", range }, { fps: 10 });
  move();
}

function normals(latent: number): Float32Array {
  const random = new RandomStream(seed, streams.sample);
  return Float32Array.from({ length: sampleCount * latent }, () => random.normal());
}

/** Latents all over the first two dimensions, each in the middle of its cell; the others as the point has them. */
function grid(): Float32Array {
  const out = new Float32Array(steps * steps * z.length);
  for (let i = 0; i < steps * steps; i++) {
    const at = (k: number): number => range * ((2 * k + 1) / steps - 1);
    out.set(z, i * z.length);
    out[i * z.length] = at(i % steps);
    out[i * z.length + 1] = -at(Math.floor(i / steps));
  }
  return out;
}

function buildSliders({ model }: VaeRun): void {
  const place = byId("dims", HTMLElement);
  place.replaceChildren();
  sliders = Array.from({ length: model.latentDim }, (_, i) =>
    addSlider(place, {
      label: `Dimension ${i + 1}`,
      min: -range,
      max: range,
      step: 0.05,
      value: 0,
      format: (v) => v.toFixed(2),
      onInput: (value) => {
        z[i] = value;
        move(i > 1);
      },
    }),
  );
}

/** Shows the point where it is now. */
function move(others = false): void {
  shown.point?.set(z.slice());
  if (others) shown.manifold?.set(grid());
  for (const pad of pads) pad.place([z[0] / range, z[1] / range]);
}

const pads = ["map-pad", "manifold-pad"].map(
  (id) =>
    new Pad(byId(id, HTMLElement), ([x, y]) => {
      z[0] = x * range;
      z[1] = y * range;
      if (sliders[0]) sliders[0].value = z[0];
      if (sliders[1]) sliders[1].value = z[1];
      move();
    }),
);

const live = new Live(byId("start", HTMLButtonElement), configure, show);
onPress("anew", () => live.start());
onPress("resample", () => {
  seed++;
  shown.samples?.set(normals(z.length));
});
onPress("save", async () => {
  const files = await live.files();
  for (const name of runNames) download(name, files[name] as Uint8Array<ArrayBuffer>);
});

onPress("share", async () => {
  const files = await live.files();
  const viewer = await (await fetch("../viewer.js")).text();
  download("latentgpu-vae.html", await sharedPage(files, viewer));
});

/** A run's files among those that were dropped. */
async function readRun(files: readonly File[]): Promise<void> {
  const run: Record<string, Uint8Array> = {};
  for (const file of files) run[file.name] = new Uint8Array(await file.arrayBuffer());
  const { config } = decodeRun(run as Partial<RunFiles>);
  if (isPrior(config) || config.model.kind !== "vae")
    throw new Error(`The run's model is "${config.model.kind}"; this page shows a "vae".`);
  const state = run["state.safetensors"];
  if (!state) throw new Error("state.safetensors is missing; drop it beside config.json and model.safetensors.");
  const rows = /^builtin:glyphs(?:\?rows=(\d+))?$/.exec(config.data)?.[0];
  if (rows) choice.value = [...choice.options].find(({ value }) => rows.endsWith(`=${value}`))?.value ?? "10000";
  else if (choice.value !== "own")
    throw new Error(`The run was trained on ${config.data}; drop its images first, then the run.`);
  resumed = { config: config as VaeRun, state };
  await live.start(true);
}

dropZone(byId("drop", HTMLElement), (files) =>
  attempt(async () => {
    clearError();
    if (files.some(({ name }) => (runNames as readonly string[]).includes(name))) return readRun(files);
    own = ofDataset(await readDropped(files));
    const option = [...choice.options].at(-1) as HTMLOptionElement;
    option.disabled = false;
    option.textContent = `your own: ${own.spec} (${own.data?.count})`;
    choice.value = "own";
    await live.start();
  }),
);
