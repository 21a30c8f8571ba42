// dx[r,c] = rstd (dn[r,c] - average of dn - normal * average of dn normal),   dn = dy w[c], normal = (x - mean) rstd
// x [N,C]   w [C]   mean, rstd [N/span,G]   dy [N,C]   dx [N,C]   f32, row-major; averages over `span` rows and C/G channels
// grid: N/span*G                                  one workgroup all that share a mean
// use: lib/grid, lib/math, lib/reduce

struct Sizes { N: u32, C: u32, G: u32, span: u32 } // rows, channels; groups of channels, rows that share a mean

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups);
  if (at >= sizes.N / sizes.span * sizes.G) { return; }
  let width = sizes.C / sizes.G;
  let channel = at % sizes.G * width;
  let first = at / sizes.G * sizes.span * sizes.C + channel;
  let count = sizes.span * width;
  let m = mean[at];
  let scale = rstd[at];
  var sum = 0.0;
  var product = 0.0;
  for (var e = lane; e < count; e += 64u) {
    let i = first + e / width * sizes.C + e % width;
    let dn = finite(dy[i] * w[channel + e % width]);
    sum = finite(sum + dn);
    product = finite(product + dn * finite(finite(x[i] - m) * scale));
  }
  let even = sum_lanes(sum, lane) / f32(count);
  let tilt = sum_lanes(product, lane) / f32(count);
  for (var e = lane; e < count; e += 64u) {
    let i = first + e / width * sizes.C + e % width;
    let dn = finite(dy[i] * w[channel + e % width]);
    let normal = finite(finite(x[i] - m) * scale);
    dx[i] = finite(scale * finite(finite(dn - even) - finite(normal * tilt)));
  }
}
