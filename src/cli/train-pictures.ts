import { existsSync, readFileSync } from "node:fs";
import type { Dataset } from "../data/dataset.js";
import { rowLength } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { Corruptor } from "../evaluate/corruptor.js";
import { decodePng } from "../formats/png.js";
import { labelsOf } from "../models/labels.js";
import type { Temporal } from "../models/model.js";
import { Runner } from "../models/runner.js";
import {
  latentManifold,
  manifoldLatents,
  type Picture,
  reconstructionRows,
  rolloutRows,
  stack,
  tile,
} from "../pictures/index.js";
import type { Trainer } from "../train/trainer.js";
import { codePicture } from "./code-picture.js";
import { writePicture } from "./files.js";
import type { RunFolder } from "./run-folder.js";
import type { Pictures } from "./training.js";

const largestSide = 8192;
const gap = 2;

/** What a run shows of itself: pictures/epoch-0001.png, film.png, reconstructions.png, codes.png, and at the end samples.png
 * and manifold.png. All of them are functions of the weights: a resumed run leaves the same ones. */
export class TrainPictures implements Pictures {
  private readonly runner: Runner;
  private readonly shape: readonly number[];
  private readonly originals: Float32Array;
  /** Classes of the originals, of a conditional model. */
  private readonly labels: Uint32Array | undefined;
  private seen: Float32Array | undefined;
  private film: Picture | undefined;
  /** Images that one row of a picture holds. */
  private readonly across: number;

  /** @param held rows that are shown, not trained on where the data has such */
  constructor(
    private readonly folder: RunFolder,
    private readonly trainer: Trainer,
    held: Dataset,
  ) {
    this.runner = new Runner(trainer.device, trainer.model, trainer.program);
    this.shape = trainer.config.model.inputShape;
    this.across = Math.max(1, Math.floor(largestSide / (Math.max(...this.shape.slice(1)) + gap)));
    const rows = Math.min(held.count, 20, 2 * this.across);
    const values = held.values.subarray(0, rows * rowLength(held));
    this.labels = labelsOf(trainer.model, held, ["encoder", "decoder"])?.slice(0, rows);
    this.originals = values instanceof Uint8Array ? Float32Array.from(values, (v) => v / 255) : values;
  }

  private get isVae(): boolean {
    return this.trainer.config.model.kind === "vae";
  }

  /** After epoch `n` of `epochs`. */
  async epoch(n: number, epochs: number): Promise<void> {
    const rows = await this.reconstructions();
    const { temporal } = this.trainer.model;
    const picture = temporal ? await this.rollouts(temporal, 6) : this.isVae ? await this.samples() : rows;
    await writePicture(this.folder.path("pictures", `epoch-${String(n).padStart(4, "0")}.png`), picture);
    await writePicture(this.folder.path("pictures", "reconstructions.png"), rows);
    await this.codes();
    await this.addToFilm(n, epochs);
  }

  /** After the last step. */
  async end(): Promise<void> {
    const { latentDim } = this.trainer.model;
    await writePicture(this.folder.path("pictures", "reconstructions.png"), await this.reconstructions());
    await this.codes();
    if (!this.isVae) return;
    await writePicture(this.folder.path("pictures", "samples.png"), await this.samples());
    if (latentDim !== 2) return;
    const steps = Math.min(20, this.across);
    const latents = manifoldLatents({ latentDim, steps });
    const middle = await this.runner.priorMeans([0]);
    const images = await this.runner.decode(
      middle ? latents.map((value, i) => value + middle[i % latentDim]) : latents,
      new Uint32Array(steps * steps),
    );
    await writePicture(this.folder.path("pictures", "manifold.png"), latentManifold(images, this.shape, steps));
  }

  /** codes.png of a model of discrete codes: the images over their maps of codes. */
  private async codes(): Promise<void> {
    if (!this.trainer.model.coded) return;
    const { runner, originals, shape, across } = this;
    const picture = await codePicture(runner, originals, shape, Math.min(10, across));
    await writePicture(this.folder.path("pictures", "codes.png"), picture);
  }

  /** The first held sequences and how the model has them go on, in jumps of two frames where it learns such, from the middle on. */
  private async rollouts({ frames, frameShape, maxJump }: Temporal, most: number): Promise<Picture> {
    const { originals, trainer } = this;
    const { width } = trainer.model;
    const frame = width / frames;
    const count = Math.min(most, originals.length / width);
    const [given, length] = [Math.max(1, Math.floor(0.4 * frames)), Math.min(2, maxJump)];
    const first = Float32Array.from({ length: count * given * frame }, (_, i) => {
      const n = Math.floor(i / (given * frame));
      return originals[n * width + i - n * given * frame];
    });
    const jumps = Math.min(5, Math.max(1, Math.floor((frames - given) / length)));
    const found = await this.runner.rollout(first, given, { jumps, length, seed: trainer.config.seed });
    return rolloutRows(originals.subarray(0, count * width), found, frameShape, count, { given, length });
  }

  private async samples(): Promise<Picture> {
    const classes = this.trainer.model.conditional?.numClasses;
    const across = Math.min(classes ?? 8, this.across);
    const count = across * Math.min(8, this.across);
    return tile(await this.runner.sample(count, this.trainer.config.seed), this.shape, across);
  }

  private async reconstructions(): Promise<Picture> {
    this.seen ??= await this.corrupted();
    const output = await this.runner.reconstruct(this.seen, this.labels);
    const { originals, seen, shape, across } = this;
    const columns = Math.min(10, across);
    return reconstructionRows(originals, output, shape, seen === originals ? { columns } : { columns, seen });
  }

  /** What the encoder sees of the originals: themselves, or for a denoising autoencoder a noise that stays the same. */
  private async corrupted(): Promise<Float32Array> {
    const { model, device, config } = this.trainer;
    if (!config.corruption) return this.originals;
    const rows = this.originals.length / model.width;
    const corruptor = new Corruptor(device, config.model.inputShape, config.corruption, rows);
    const { seen } = await corruptor.apply(this.originals, config.seed);
    corruptor.dispose();
    return seen;
  }

  /** The tutorials' film, a row an epoch: draws from fixed latents, for a model of sequences a rollout, or for any other the same images. Where
   * all epochs do not fit below each other it takes every second, every third, ... */
  private async addToFilm(n: number, epochs: number): Promise<void> {
    const count = Math.min(10, this.across);
    const { width, temporal } = this.trainer.model;
    const images = async (): Promise<Float32Array> =>
      this.isVae
        ? this.runner.sample(count, this.trainer.config.seed)
        : this.runner.reconstruct((this.seen ?? this.originals).subarray(0, count * width));
    const row = temporal ? await this.rollouts(temporal, 1) : tile(await images(), this.shape, count, { gap });
    const every = Math.ceil(epochs / Math.max(1, Math.floor((largestSide + gap) / (row.height + gap))));
    if (n % every !== 0) return;
    const path = this.folder.path("pictures", "film.png");
    this.film ??= await readFilm(path);
    const before = cut(this.film, row, n / every - 1);
    this.film = before ? stack([before, row], gap) : row;
    await writePicture(path, this.film);
  }

  dispose(): void {
    this.runner.dispose();
  }
}

/** The film that a run wrote before it was stopped. */
async function readFilm(path: string): Promise<Picture | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    return await decodePng(readFileSync(path), path);
  } catch (error) {
    if (error instanceof InputError) return undefined; // begin a new one
    throw error;
  }
}

/** The first `rows` rows of a film, fewer where it has no more. */
function cut(film: Picture | undefined, row: Picture, rows: number): Picture | undefined {
  if (!film || film.width !== row.width || film.channels !== row.channels) return undefined;
  const kept = Math.min(rows, Math.floor((film.height + gap) / (row.height + gap)));
  if (kept < 1) return undefined;
  const height = kept * (row.height + gap) - gap;
  return { ...film, height, data: film.data.subarray(0, height * film.width * film.channels) };
}
