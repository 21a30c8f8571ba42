// dx = d u_n r', dy (h - n) z', d     du = the same, but d r     dh = dy z,     d = dy (1 - z) n'
// x, u, dx, du [B,3H]   h, dh, dy [B,H]           f32, row-major; ' = by the gate's own sum
// grid: ceil(B*H/256)                             one thread a unit of a row
// use: lib/grid, lib/math

struct Sizes { B: u32, H: u32 }                    // rows, units

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> h: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> du: array<f32>;
@group(0) @binding(6) var<storage, read_write> dh: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  let H = sizes.H;
  if (i >= sizes.B * H) { return; }
  let at = i / H * 3u * H + i % H;
  let r = safe_sigmoid(x[at] + u[at]);
  let z = safe_sigmoid(x[at + H] + u[at + H]);
  let past = u[at + 2u * H];
  let n = safe_tanh(finite(x[at + 2u * H] + r * past));
  let upstream = dy[i];
  let dn = upstream * (1.0 - z) * ((1.0 - n) * (1.0 + n));
  let dr = finite(finite(dn * past) * r * (1.0 - r));
  let dz = finite(finite(upstream * finite(h[i] - n)) * z * (1.0 - z));
  dx[at] = dr;
  du[at] = dr;
  dx[at + H] = dz;
  du[at + H] = dz;
  dx[at + 2u * H] = dn;
  du[at + 2u * H] = dn * r;
  dh[i] = upstream * z;
}
