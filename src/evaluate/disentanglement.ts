import { InputError } from "../errors.js";

/** How latents [N, L] and the factors [N, F] that the data were drawn from belong together. */
export interface Disentanglement {
  /** Mutual information gap, from 0 to 1: by how much the latent that knows most of a factor knows more of it than the next one, as a
   * share of the factor's entropy; a mean over the factors (Chen et al. 2018, "Isolating sources of disentanglement in VAEs"). */
  readonly mig: number;
  /** Separated attribute predictability, from 0 to 1: the same gap between shares of variance that a line explains (Kumar et al. 2018,
   * "Variational inference of disentangled latent concepts"); of a factor without an order, the shares that its classes explain. */
  readonly sap: number;
  readonly factors: readonly {
    readonly name: string;
    /** The two gaps. */
    readonly mig: number;
    readonly sap: number;
    /** The latent that knows most of it, and its share of the factor's entropy. */
    readonly latent: number;
    readonly share: number;
  }[];
}

/** Equal steps between a latent's least and largest value. */
const BINS = 20;

/** @param unordered whether a factor's values are classes without an order
 * @throws InputError where the rows are not as many */
export function disentanglement(
  latents: ArrayLike<number>,
  latentDim: number,
  factors: ArrayLike<number>,
  names: readonly string[],
  unordered: (factor: number) => boolean = () => false,
): Disentanglement {
  const rows = latents.length / latentDim;
  if (rows === 0 || !Number.isInteger(rows) || factors.length !== rows * names.length)
    throw new InputError(
      `${latents.length} numbers of ${latentDim} latents and ${factors.length} of ${names.length} factors are not of the same rows; give both of the same images.`,
    );
  const column = (of: ArrayLike<number>, width: number, k: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, n) => of[n * width + k]);
  const values = Array.from({ length: latentDim }, (_, l) => column(latents, latentDim, l));
  const binned = values.map(bins);
  const each = names.map((name, f) => {
    const factor = column(factors, names.length, f);
    const classes = classesOf(factor);
    const entropy = entropyOf(counts(classes, classes));
    const told = binned.map((bin) => informationOf(bin, classes) / Math.max(entropy, 1e-12));
    const explained = values.map((v) => (unordered(f) ? explainedByClass(v, classes) : explainedByLine(v, factor)));
    const latent = told.indexOf(Math.max(...told));
    return { name, mig: gap(told), sap: gap(explained), latent, share: told[latent] as number };
  });
  const mean = (of: (factor: (typeof each)[number]) => number): number =>
    each.reduce((sum, factor) => sum + of(factor), 0) / each.length;
  return { mig: mean(({ mig }) => mig), sap: mean(({ sap }) => sap), factors: each };
}

/** By how much the largest is above the next. */
function gap(scores: readonly number[]): number {
  const [first = 0, second = 0] = [...scores].sort((a, b) => b - a);
  return first - second;
}

function bins(values: Float64Array): Uint32Array {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const v of values) [least, most] = [Math.min(least, v), Math.max(most, v)];
  const step = (most - least) / BINS;
  return Uint32Array.from(values, (v) => (step > 0 ? Math.min(BINS - 1, Math.floor((v - least) / step)) : 0));
}

/** Each value by its place among the different ones. */
function classesOf(values: Float64Array): Uint32Array {
  const places = new Map([...new Set(values)].sort((a, b) => a - b).map((value, place) => [value, place]));
  return Uint32Array.from(values, (v) => places.get(v) as number);
}

const size = (classes: Uint32Array): number => classes.reduce((most, c) => Math.max(most, c + 1), 0);

/** How often each pair of a and b stands together. */
function counts(a: Uint32Array, b: Uint32Array): Float64Array {
  const width = size(b);
  const out = new Float64Array(size(a) * width);
  for (const [n, value] of a.entries()) out[value * width + b[n]]++;
  return out;
}

/** Nats. */
function entropyOf(counts: Float64Array): number {
  const all = counts.reduce((a, b) => a + b, 0);
  return counts.reduce((sum, c) => sum - (c > 0 ? (c / all) * Math.log(c / all) : 0), 0);
}

/** Mutual information of two columns of classes, in nats. */
const informationOf = (a: Uint32Array, b: Uint32Array): number =>
  entropyOf(counts(a, a)) + entropyOf(counts(b, b)) - entropyOf(counts(a, b));

const meanOf = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The square of the correlation; 0 where one does not vary. */
function explainedByLine(x: Float64Array, y: Float64Array): number {
  const [mx, my] = [meanOf(x), meanOf(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (const [n, value] of x.entries()) {
    xx += (value - mx) ** 2;
    yy += (y[n] - my) ** 2;
    xy += (value - mx) * (y[n] - my);
  }
  return xx * yy > 0 ? (xy * xy) / (xx * yy) : 0;
}

/** The share of x's variance that lies between the means of its classes. */
function explainedByClass(x: Float64Array, classes: Uint32Array): number {
  const mean = meanOf(x);
  const sums = new Float64Array(size(classes));
  const counted = new Float64Array(sums.length);
  let all = 0;
  for (const [n, value] of x.entries()) {
    sums[classes[n]] += value - mean;
    counted[classes[n]]++;
    all += (value - mean) ** 2;
  }
  const between = sums.reduce((total, sum, c) => total + (sum * sum) / Math.max(1, counted[c]), 0);
  return all > 0 ? between / all : 0;
}
