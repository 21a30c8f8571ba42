/** Side of the window of Wang et al. */
const fullWindow = 11;
const deviation = 1.5;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/** The side of the window for images of a size: 11, or for smaller images the largest odd side that fits; undefined below 3,
 * where there is no structure to compare. */
export function ssimWindow(height: number, width: number): number | undefined {
  const side = Math.min(fullWindow, height, width);
  return side < 3 ? undefined : side - ((side + 1) % 2);
}

function gaussian(side: number): Float64Array {
  const weights = Float64Array.from({ length: side }, (_, i) =>
    Math.exp(-((i - (side - 1) / 2) ** 2) / (2 * deviation ** 2)),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}

/** Weighted means over every window that lies inside: [H, W] to [H - side + 1, W - side + 1]. */
function blur(map: Float64Array, H: number, W: number, weights: Float64Array): Float64Array {
  const side = weights.length;
  const [h, w] = [H - side + 1, W - side + 1];
  const rows = new Float64Array(H * w);
  for (let y = 0; y < H; y++)
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let i = 0; i < side; i++) sum += weights[i] * map[y * W + x + i];
      rows[y * w + x] = sum;
    }
  const out = new Float64Array(h * w);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let i = 0; i < side; i++) sum += weights[i] * rows[(y + i) * w + x];
      out[y * w + x] = sum;
    }
  return out;
}

/** Structural similarity of each pair of images (Wang et al. 2004, "Image quality assessment: from error visibility to
 * structural similarity"): Gaussian window of standard deviation 1.5, K1 0.01, K2 0.03, values in [0, 1], a mean over the
 * windows that lie inside and over the channels. a, b [N, H, W, C], shape [C, H, W]; undefined for images under 3 x 3. */
export function ssim(a: ArrayLike<number>, b: ArrayLike<number>, shape: readonly number[]): Float64Array | undefined {
  const [C, H, W] = shape;
  const side = ssimWindow(H, W);
  if (side === undefined) return undefined;
  const weights = gaussian(side);
  const out = new Float64Array(a.length / (C * H * W));
  const maps = Array.from({ length: 5 }, () => new Float64Array(H * W));
  const [as, bs, squaresA, squaresB, products] = maps;
  for (let n = 0; n < out.length; n++) {
    for (let c = 0; c < C; c++) {
      for (let p = 0; p < H * W; p++) {
        const i = (n * H * W + p) * C + c;
        as[p] = a[i];
        bs[p] = b[i];
        squaresA[p] = a[i] * a[i];
        squaresB[p] = b[i] * b[i];
        products[p] = a[i] * b[i];
      }
      const [ma, mb, aa, bb, ab] = maps.map((map) => blur(map, H, W, weights));
      let sum = 0;
      for (let i = 0; i < ma.length; i++) {
        const product = ma[i] * mb[i];
        const squares = ma[i] * ma[i] + mb[i] * mb[i];
        const covariance = ab[i] - product;
        const variances = aa[i] + bb[i] - squares;
        sum += ((2 * product + C1) * (2 * covariance + C2)) / ((squares + C1) * (variances + C2));
      }
      out[n] += sum / ma.length / C;
    }
  }
  return out;
}
