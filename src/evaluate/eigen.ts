// Small dense algebra in float64. Matrices are row-major; a basis is [D, width], a column a direction.

/** a^T b of two [D, width], made symmetric: [width, width]. */
export function dotColumns(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const out = new Float64Array(width * width);
  for (let at = 0; at < a.length; at += width)
    for (let i = 0; i < width; i++) {
      const ai = a[at + i];
      for (let j = 0; j < width; j++) out[i * width + j] += ai * b[at + j];
    }
  for (let i = 0; i < width; i++)
    for (let j = 0; j < i; j++) {
      const mean = 0.5 * (out[i * width + j] + out[j * width + i]);
      out[i * width + j] = mean;
      out[j * width + i] = mean;
    }
  return out;
}

/** a [D, width] times b [width, width]. */
export function product(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let at = 0; at < a.length; at += width)
    for (let k = 0; k < width; k++) {
      const value = a[at + k];
      for (let j = 0; j < width; j++) out[at + j] += value * b[k * width + j];
    }
  return out;
}

/** The columns of a [D, width] made orthonormal in order (Gram and Schmidt, twice: once loses digits). A column that lies in the span of
 * those before is drawn anew. */
export function orthonormal(a: Float64Array, width: number, draw: () => number): Float64Array {
  const D = a.length / width;
  const columns = Array.from({ length: width }, (_, k) => Float64Array.from({ length: D }, (_, d) => a[d * width + k]));
  const dot = (x: Float64Array, y: Float64Array): number => {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += x[d] * y[d];
    return sum;
  };
  columns.forEach((column, k) => {
    for (let tries = 0; tries < 8; tries++) {
      const before = Math.sqrt(dot(column, column));
      for (let round = 0; round < 2; round++)
        for (const other of columns.slice(0, k)) {
          const along = dot(column, other);
          for (let d = 0; d < D; d++) column[d] -= along * other[d];
        }
      const length = Math.sqrt(dot(column, column));
      if (length > 1e-10 * before && length > 0) {
        for (let d = 0; d < D; d++) column[d] /= length;
        return;
      }
      for (let d = 0; d < D; d++) column[d] = draw();
    }
  });
  return Float64Array.from({ length: D * width }, (_, i) => columns[i % width][Math.floor(i / width)]);
}

/** Eigenvalues of a symmetric matrix [n, n], the largest first, and its eigenvectors as columns [n, n]: Jacobi's rotations. */
export function jacobiEigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const v = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const scale = Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off += a[p * n + q] ** 2;
    if (Math.sqrt(2 * off) <= 1e-15 * scale) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((x, y) => a[y * n + y] - a[x * n + x]);
  return {
    values: Float64Array.from(order, (i) => a[i * n + i]),
    vectors: Float64Array.from({ length: n * n }, (_, i) => v[Math.floor(i / n) * n + order[i % n]]),
  };
}

/** Makes a[p, q] 0 by a rotation of the axes p and q, which v takes part in. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const turn = (m: Float64Array, i: number, j: number): void => {
    const [x, y] = [m[i], m[j]];
    m[i] = c * x - s * y;
    m[j] = s * x + c * y;
  };
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k);
  for (let k = 0; k < n; k++) turn(v, k * n + p, k * n + q);
}
