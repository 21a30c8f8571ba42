// The script of a page that `sharedPage` makes: its model samples, and follows sliders.
import { Device } from "../gpu/device.js";
import type { ConvConfig, DenseConfig } from "../models/config.js";
import { createModel } from "../models/index.js";
import { classesInTurn } from "../models/labels.js";
import { Painter, type Painting } from "../models/painter.js";
import { Runner } from "../models/runner.js";
import { weightsProgram } from "../models/weights-program.js";
import { RandomStream, streams } from "../random/philox.js";
import { decodeRun } from "../train/run-files.js";

const range = 4;
const samples = 36;

const byId = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const text = (id: string): string => byId(id).textContent ?? "";

function add<K extends keyof HTMLElementTagNameMap>(
  parent: Element,
  tag: K,
  fields: Partial<HTMLElementTagNameMap[K]> = {},
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), fields);
  parent.append(made);
  return made;
}

function panel(title: string, picture?: string): { readonly section: HTMLElement; readonly canvas: HTMLCanvasElement } {
  const section = add(document.querySelector("main") as HTMLElement, "section");
  add(section, "h2", { textContent: title });
  const canvas = document.createElement("canvas");
  if (picture) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", picture);
    section.append(canvas);
  }
  return { section, canvas };
}

async function begin(): Promise<void> {
  const bytes = Uint8Array.from(atob(text("model")), (letter) => letter.charCodeAt(0));
  const run = decodeRun({ "config.json": new TextEncoder().encode(text("config")), "model.safetensors": bytes });
  const model = createModel(run.config.model as DenseConfig | ConvConfig);
  const device = await Device.open();
  const { weight, statistics } = run.arenas(model);
  const loaded = weightsProgram(device, weight, statistics);
  const painter = new Painter(device, model, loaded);
  const z = new Float32Array(model.latentDim);
  const classes = model.conditional?.numClasses;
  const inTurn = classesInTurn(samples, classes ?? 1);
  // Of a conditional model whose prior is told the class, draws lie around its mean.
  const means = classes ? await new Runner(device, model, loaded).priorMeans(inTurn) : undefined;
  let chosen = 0;
  const due = new Set<Painting>();
  const draw = (painting: Painting): void => {
    if (due.size === 0)
      requestAnimationFrame(() => {
        try {
          for (const each of due) each.draw();
        } catch (error) {
          tell(error);
        }
        due.clear();
      });
    due.add(painting);
  };

  const point = panel("One latent, decoded", "The picture that the decoder makes of the sliders' values");
  const one = painter.on(point.canvas, { kind: "decode", values: z, labels: [chosen], scale: 8 });
  const drawn = panel("Samples", "Pictures of latents drawn from the prior");
  let seed = 0;
  const normals = (): Float32Array => {
    const random = new RandomStream(seed, streams.sample);
    return Float32Array.from({ length: samples * z.length }, (_, i) => random.normal() + (means?.[i] ?? 0));
  };
  const many = painter.on(drawn.canvas, { kind: "decode", values: normals(), labels: inTurn });
  add(drawn.section, "button", { type: "button", textContent: "Draw others" }).addEventListener("click", () => {
    seed++;
    many.set(normals());
    draw(many);
  });
  const dims = panel("Latent dimensions").section;
  if (classes && model.conditional?.tells.decoder) {
    const name = add(dims, "label", { textContent: "Class" });
    const choice = add(name, "select");
    for (let i = 0; i < classes; i++) add(choice, "option", { textContent: String(i) });
    choice.addEventListener("change", () => {
      chosen = choice.selectedIndex;
      one.set(z, [chosen]);
      draw(one);
    });
  }
  for (const i of z.keys()) {
    const label = add(dims, "label", { textContent: `Dimension ${i + 1}` });
    const told = add(label, "output", { textContent: "0.00" });
    const slider = add(dims, "input", { type: "range", min: String(-range), max: String(range), step: "0.05" });
    slider.value = "0";
    slider.setAttribute("aria-label", `Dimension ${i + 1}`);
    slider.addEventListener("input", () => {
      z[i] = Number(slider.value);
      told.textContent = z[i].toFixed(2);
      one.set(z, [chosen]);
      draw(one);
    });
  }
  draw(one);
  draw(many);
  byId("status").textContent = `${model.parameters.count.toLocaleString("en")} weights, on ${device.adapter.name}.`;
}

function tell(error: unknown): void {
  byId("status").textContent = "";
  byId("error").textContent = error instanceof Error ? error.message : String(error);
}

begin().catch(tell);
