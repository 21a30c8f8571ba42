import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Learner } from "../models/model.js";
import type { RunConfig } from "../train/config.js";
import { effectiveBeta } from "../train/config.js";
import type { Health } from "../train/health.js";
import type { EpochLosses, StepLosses } from "../train/losses.js";
import { capacityAt } from "../train/objective.js";
import type { Trainer } from "../train/trainer.js";
import { unwritable, writeDurable } from "./files.js";

/** Bits a dimension of a bound, or of a reconstruction and its KL, in nats an image, or a code of a prior's nll; nothing where it is no likelihood. */
export function bitsOf(
  { model }: RunConfig<Learner["config"]>,
  terms: Readonly<Record<string, number>>,
): { readonly bitsPerDim?: number; readonly bitsPerCode?: number } {
  const { nll, bound, recon = 0, kl, mi = 0, tc = 0, dimKl = 0 } = terms;
  const nats = nll ?? bound ?? recon + (kl ?? mi + tc + dimKl);
  const bits = (shape: readonly number[]): number => nats / (shape.reduce((n, d) => n * d, 1) * Math.LN2);
  if (model.kind === "pixelcnn") return { bitsPerCode: bits(model.shape) };
  if (model.kind === "classifier") return {};
  // Of a sequence recon is one frame's, and the bound has terms beyond a KL.
  if (model.kind === "td-vae") return {};
  return model.reconstructionLoss === "bce" ? { bitsPerDim: bits(model.inputShape) } : {};
}

/** metrics.jsonl: a line a step ("kind": "step"), a line with the means at the end of an epoch ("kind": "epoch"), and
 * one for each look at the run's health ("kind": "health"). It
 * holds no times: a run that was stopped and resumed writes what a straight one writes, byte for byte. */
export class Metrics {
  private readonly file: number;
  /** Lowest mean loss of an epoch so far. */
  best = Number.POSITIVE_INFINITY;

  /** @param from step to go on from: lines beyond it are cut off */
  constructor(
    readonly path: string,
    from: number,
  ) {
    const kept = existsSync(path) ? this.linesUpTo(from) : [];
    if (kept !== undefined) writeDurable(path, kept.map((line) => `${line}\n`).join(""));
    try {
      this.file = openSync(path, "a");
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** The lines to keep, and the best epoch among them. */
  private linesUpTo(step: number): string[] {
    const kept: string[] = [];
    for (const line of readFileSync(this.path, "utf8").split("\n")) {
      let entry: { kind?: unknown; step?: unknown; loss?: unknown };
      try {
        entry = JSON.parse(line);
      } catch {
        break; // the last line of a process that was killed
      }
      if (typeof entry.step !== "number" || entry.step > step) break;
      if (entry.kind === "epoch" && typeof entry.loss === "number") this.best = Math.min(this.best, entry.loss);
      kept.push(line);
    }
    return kept;
  }

  steps(trainer: Trainer<Learner>, steps: readonly StepLosses[]): void {
    const { config } = trainer;
    const lines = steps.map(({ step, rows, loss, terms }) => {
      const beta = trainer.weighsByBeta ? betas(config as RunConfig, trainer.beta(step - 1)) : {};
      const capacity = config.capacity && { capacity: capacityAt(config, step - 1) };
      return {
        kind: "step",
        epoch: Math.floor((step - 1) / trainer.stepsPerEpoch) + 1,
        step,
        rows,
        loss,
        ...terms,
        ...bitsOf(config, terms),
        lr: trainer.learningRate(step - 1),
        ...beta,
        ...capacity,
      };
    });
    this.append(lines);
  }

  /** The means of an epoch; true where it is the best so far. */
  epoch(config: RunConfig<Learner["config"]>, { epoch, step, images, loss, terms, codebooks }: EpochLosses): boolean {
    this.append([{ kind: "epoch", epoch, step, images, loss, ...terms, ...bitsOf(config, terms), codebooks }]);
    const better = loss < this.best;
    if (better) this.best = loss;
    return better;
  }

  health({ alarms, codebooks: _, ...health }: Health): void {
    this.append([{ kind: "health", ...health, ...(alarms.length > 0 && { alarms }) }]);
  }

  private append(lines: readonly object[]): void {
    try {
      const data = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      for (let at = 0; at < data.length; ) at += writeSync(this.file, data, at);
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  /** What was written is on the disk after this. */
  flush(): void {
    fsyncSync(this.file);
  }

  close(): void {
    closeSync(this.file);
  }
}

const betas = (config: RunConfig, beta: number): object => ({ beta, effectiveBeta: effectiveBeta(config, beta) });
