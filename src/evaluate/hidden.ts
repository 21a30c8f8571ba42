/** Squared errors where pixels were hidden: of a model, and of the plain guess that each hidden pixel is the mean that it has over
 * the data. Float64 sums, in the order of the images. */
export class HiddenErrors {
  /** Each pixel's sum over all images, and over those that hide it: how many, their sum and their sum of squares. */
  private readonly sums: Float64Array;
  private readonly counts: Float64Array;
  private readonly hiddenSums: Float64Array;
  private readonly hiddenSquares: Float64Array;
  private images = 0;
  private errors = 0;

  /** @param width numbers in an image */
  constructor(width: number) {
    this.sums = new Float64Array(width);
    this.counts = new Float64Array(width);
    this.hiddenSums = new Float64Array(width);
    this.hiddenSquares = new Float64Array(width);
  }

  /** Takes in images, what was made of them and where they were hidden (1, else 0), each [N, width]. */
  add(images: Float32Array, made: Float32Array, hidden: Float32Array): void {
    const width = this.sums.length;
    this.images += images.length / width;
    for (let i = 0; i < images.length; i++) {
      const [p, x] = [i % width, images[i]];
      this.sums[p] += x;
      if (hidden[i] === 0) continue;
      this.counts[p]++;
      this.hiddenSums[p] += x;
      this.hiddenSquares[p] += x * x;
      this.errors += (made[i] - x) ** 2;
    }
  }

  private get hidden(): number {
    return this.counts.reduce((a, b) => a + b, 0);
  }

  /** Squared error of the model a hidden pixel. */
  get mse(): number {
    return this.errors / this.hidden;
  }

  /** Squared error a hidden pixel of filling in each pixel's mean. */
  get meanFillMse(): number {
    let errors = 0;
    this.counts.forEach((count, p) => {
      const mean = this.sums[p] / this.images;
      errors += this.hiddenSquares[p] - 2 * mean * this.hiddenSums[p] + count * mean * mean;
    });
    return errors / this.hidden;
  }
}
