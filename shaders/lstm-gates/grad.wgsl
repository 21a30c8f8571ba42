// ds = dcell + dh o (1 - t^2), t = tanh(cell)     dc = ds f     dx = du = ds g i', ds c f', ds i g', dh t o'
// x, u, dx, du [B,4H]   c, dc, dh, dcell [B,H]    f32, row-major; ' = by the gate's own sum
// grid: ceil(B*H/256)                             one thread a unit of a row
// use: lib/grid, lib/lstm, lib/math

struct Sizes { B: u32, H: u32 }                    // rows, units

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<f32>;
@group(0) @binding(3) var<storage, read> dh: array<f32>;
@group(0) @binding(4) var<storage, read> dcell: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<storage, read_write> du: array<f32>;
@group(0) @binding(7) var<storage, read_write> dc: array<f32>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  let H = sizes.H;
  if (i >= sizes.B * H) { return; }
  let at = i / H * 4u * H + i % H;
  let gates = lstm_gates(vec4f(
    x[at] + u[at],
    x[at + H] + u[at + H],
    x[at + 2u * H] + u[at + 2u * H],
    x[at + 3u * H] + u[at + 3u * H],
  ));
  let before = c[i];
  let t = safe_tanh(finite(gates.f * before + gates.i * gates.g));
  let upstream = dh[i];
  let ds = finite(dcell[i] + upstream * gates.o * ((1.0 - t) * (1.0 + t)));
  dc[i] = ds * gates.f;
  let di = ds * gates.g * gates.i * (1.0 - gates.i);
  let df = finite(finite(ds * before) * gates.f * (1.0 - gates.f));
  let dg = ds * gates.i * ((1.0 - gates.g) * (1.0 + gates.g));
  let do_ = upstream * t * gates.o * (1.0 - gates.o);
  dx[at] = di;
  du[at] = di;
  dx[at + H] = df;
  du[at + H] = df;
  dx[at + 2u * H] = dg;
  du[at + 2u * H] = dg;
  dx[at + 3u * H] = do_;
  du[at + 3u * H] = do_;
}
