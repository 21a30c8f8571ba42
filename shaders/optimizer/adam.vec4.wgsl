// g = dw + weightDecay w   m = beta1 m + (1-beta1) g   v = beta2 v + (1-beta2) g^2   w -= lr m / c1 / (sqrt(v / c2) + eps)
// w [N]   dw [N]   m [N]   v [N]   vmax [N]       f32, whole arenas; all but dw are rewritten in place
// grid: ceil(N/1024)                              one thread four elements: N a multiple of 4, as an arena's is
// use: lib/step, lib/grid, lib/square
// Decoupled (AdamW): g = dw, w first shrinks by 1 - lr weightDecay. AMSGrad: vmax = max(vmax, v) stands in place of v.

struct Sizes {
  N: u32,                                          // elements
  beta1: f32,
  beta2: f32,
  rest1: f32,                                      // 1 - beta1, 1 - beta2: rounded once, from float64
  rest2: f32,
  eps: f32,
  weightDecay: f32,
}
override DECOUPLED: bool = false;
override AMSGRAD: bool = false;                    // without it vmax is never touched

@group(0) @binding(0) var<storage, read_write> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> dw: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> vmax: array<vec4f>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N / 4u) { return; }
  let before = w[i];
  let g = dw[i] + select(sizes.weightDecay * before, vec4f(), DECOUPLED);
  let kept = select(before, before - step.lr * sizes.weightDecay * before, DECOUPLED);
  let first = sizes.beta1 * m[i] + sizes.rest1 * g;
  let second = sizes.beta2 * v[i] + sizes.rest2 * vec4f(safe_square(g.x), safe_square(g.y), safe_square(g.z), safe_square(g.w));
  m[i] = first;
  v[i] = second;
  var under = second;
  if (AMSGRAD) {
    let most = vmax[i];
    under = select(most, second, second > most);
    vmax[i] = under;
  }
  w[i] = kept - step.lr / step.correction1 * (first / (sqrt(under) / sqrt(step.correction2) + sizes.eps));
}
