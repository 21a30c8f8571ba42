import { InputError } from "../../src/errors.js";
import type { Device } from "../../src/gpu/device.js";
import { fromTorch } from "../../src/models/torch-layout.js";
import type { RunConfig } from "../../src/train/config.js";
import type { StepLosses } from "../../src/train/losses.js";
import { Trainer } from "../../src/train/trainer.js";
import type { CaseResult, GoldenSource, GoldenTensor } from "./contract.js";
import { normals, uniforms } from "./draws.js";

/** How far a loss may lie from PyTorch's float64, relative. */
const LIMIT = 1e-5;
/** The DAE's input is x + SIGMA * noise, not clipped. The file does not say so; its first loss does. */
const SIGMA = 0.3;

interface Trajectory {
  readonly data: string;
  readonly batch: number;
  readonly lr: number;
  readonly steps: number;
  readonly loss: string;
  /** [in, out] of each layer. */
  readonly layers: readonly (readonly [number, number])[];
  readonly layer_names: readonly string[];
  readonly first_weights: readonly number[];
  readonly f64: { readonly loss: readonly number[]; readonly kl?: readonly number[] };
}

/** Our names of the file's layers: enc1, enc2, ... are encoder.0, encoder.2, ... */
function layerNames(names: readonly string[]): string[] {
  const counts: Record<string, number> = { enc: 0, dec: 0 };
  const halves: Record<string, string> = { enc: "encoder", dec: "decoder" };
  return names.map((name) => {
    const half = name.slice(0, 3);
    return half in halves ? `${halves[half]}.${2 * counts[half]++}` : name === "logvar" ? "logVar" : name;
  });
}

function initialWeights(run: Trajectory, seed: number, where: string): Map<string, GoldenTensor> {
  const u = uniforms(seed);
  const weights = new Map<string, GoldenTensor>();
  const names = layerNames(run.layer_names);
  run.layers.forEach(([inputs, outputs], i) => {
    const draw = (length: number): Float32Array =>
      Float32Array.from({ length }, () => (2 * u() - 1) / Math.sqrt(inputs));
    weights.set(`${names[i]}.weight`, { shape: [outputs, inputs], data: draw(inputs * outputs) });
    weights.set(`${names[i]}.bias`, { shape: [outputs], data: draw(outputs) });
  });
  const first = weights.get(`${names[0]}.weight`)?.data ?? [];
  if (run.first_weights.some((w, i) => w !== first[i]))
    throw new InputError(`${where}: the first weights are not those that its own recipe gives; fetch the file again.`);
  return weights;
}

function configOf(run: Trajectory, kind: "ae" | "dae" | "vae"): RunConfig {
  const widths = (half: string) => run.layers.filter((_, i) => run.layer_names[i].startsWith(half));
  const vae = kind === "vae";
  const encoder = widths("enc").map(([, outputs]) => outputs);
  const latentDim = vae ? run.layers[run.layer_names.indexOf("mu")][1] : (encoder.pop() as number);
  return {
    model: {
      kind,
      inputShape: [1, 28, 28],
      hiddenDims: encoder,
      decoderDims: widths("dec")
        .slice(1)
        .map(([inputs]) => inputs),
      latentDim,
      ...(vae ? {} : { latentActivation: "relu" }),
      reconstructionLoss: vae ? "bce" : "mse",
    },
    data: run.data,
    batch: run.batch,
    epochs: 1,
    seed: 0,
    shuffle: false,
    optimizer: { kind: "adam", lr: run.lr },
    reduction: vae ? "sum" : "elementMean",
  };
}

async function replay(device: Device, source: GoldenSource, run: Trajectory, name: string, seed: number) {
  const kind = name.startsWith("dae") ? "dae" : name.startsWith("vae") ? "vae" : "ae";
  const given = { ae: undefined, dae: "noise", vae: "eps" } as const;
  const draws = given[kind];
  const dataset = await source.data(run.data, run.batch * run.steps);
  const seen: StepLosses[] = [];
  const trainer = new Trainer(device, configOf(run, kind), dataset, {
    ...(draws ? { given: draws } : {}),
    onSteps: (steps) => seen.push(...steps),
  });
  try {
    const weights = initialWeights(run, seed + 1, name);
    trainer.program.writeBuffer("weight arena", fromTorch(trainer.model.parameters, weights, name).weight);
    const draw = normals(seed + (draws === "eps" ? 2 : 3));
    const normal = draws === "noise" ? () => SIGMA * Math.fround(draw()) : draw;
    const length = run.batch * (draws === "eps" ? trainer.model.latentDim : trainer.model.width);
    for (let step = 0; step < run.steps; step++) {
      if (draws) trainer.program.write(draws, Float32Array.from({ length }, normal));
      await trainer.run(step + 1);
    }
    return seen;
  } finally {
    trainer.dispose();
  }
}

/** The step whose loss is furthest from PyTorch's, relative; its KL is a part of it. */
export function judgeLosses(name: string, run: Pick<Trajectory, "f64">, seen: readonly StepLosses[]): CaseResult {
  const { loss, kl = [] } = run.f64;
  let worst = { tensor: "loss", error: 0, bound: LIMIT };
  const follow = (tensor: string, want: readonly number[], got: readonly number[]): void => {
    want.forEach((w, i) => {
      const off = Math.abs(got[i] - w) / Math.abs(loss[i]);
      const error = Number.isFinite(off) ? off : Number.POSITIVE_INFINITY;
      if (error > worst.error) worst = { tensor: `${tensor}[${i}]`, error, bound: LIMIT };
    });
  };
  follow(
    "loss",
    loss,
    seen.map((s) => s.loss),
  );
  // Terms are means over the batch, the file's KL a sum.
  follow(
    "kl",
    kl,
    seen.map((s) => s.terms.kl * s.rows),
  );
  const failed = worst.error > worst.bound;
  return {
    case: name,
    op: name,
    outcome: failed ? "failed" : "passed",
    worst,
    ...(failed ? { failure: `${name}: ${worst.tensor} is off by ${worst.error} of the loss, allowed ${LIMIT}` } : {}),
  };
}

/** Replays trajectories.json: the four runs on the real data, with the file's weights, noise and batches. */
export async function runTrajectories(device: Device, source: GoldenSource): Promise<CaseResult[]> {
  const text = new TextDecoder().decode(await source.read("trajectories.json"));
  const file = JSON.parse(text) as { base_seed: number; runs: Record<string, Trajectory> };
  const results: CaseResult[] = [];
  for (const [name, run] of Object.entries(file.runs))
    results.push(judgeLosses(name, run, await replay(device, source, run, name, file.base_seed)));
  return results;
}
