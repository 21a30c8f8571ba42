// y[n] = sum_j c[n,j]     c[n,j] = c[n,j] * a + b, 4 * rounds times, from x[n] + j
// x [N]   y [N]                                   f32, N threads; a = 0.5, b = 0.25 keep values near 0.5
// grid: ceil(N/64)                                one thread 8 x 4 sums that wait for nothing but themselves
// use: lib/grid
// The bench's measure of arithmetic: 256 operations a round and thread.

struct Sizes { N: u32, rounds: u32, a: f32, b: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.N) { return; }
  let a = vec4f(sizes.a);
  let b = vec4f(sizes.b);
  var c0 = vec4f(x[n]); var c1 = c0 + 1.0; var c2 = c0 + 2.0; var c3 = c0 + 3.0;
  var c4 = c0 + 4.0; var c5 = c0 + 5.0; var c6 = c0 + 6.0; var c7 = c0 + 7.0;
  for (var r = 0u; r < sizes.rounds; r++) {
    c0 = fma(c0, a, b); c1 = fma(c1, a, b); c2 = fma(c2, a, b); c3 = fma(c3, a, b);
    c4 = fma(c4, a, b); c5 = fma(c5, a, b); c6 = fma(c6, a, b); c7 = fma(c7, a, b);
    c0 = fma(c0, a, b); c1 = fma(c1, a, b); c2 = fma(c2, a, b); c3 = fma(c3, a, b);
    c4 = fma(c4, a, b); c5 = fma(c5, a, b); c6 = fma(c6, a, b); c7 = fma(c7, a, b);
    c0 = fma(c0, a, b); c1 = fma(c1, a, b); c2 = fma(c2, a, b); c3 = fma(c3, a, b);
    c4 = fma(c4, a, b); c5 = fma(c5, a, b); c6 = fma(c6, a, b); c7 = fma(c7, a, b);
    c0 = fma(c0, a, b); c1 = fma(c1, a, b); c2 = fma(c2, a, b); c3 = fma(c3, a, b);
    c4 = fma(c4, a, b); c5 = fma(c5, a, b); c6 = fma(c6, a, b); c7 = fma(c7, a, b);
  }
  // All four lanes are read, or a compiler would compute one.
  y[n] = dot(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7, vec4f(0.25));
}
