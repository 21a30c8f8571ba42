// dterm_k[b] = b < R ? weight_k / R : 0,   R = min(step.rows, B)
// dterm0..dterm3 [B]                              f32
// grid: ceil(B/64)                                one thread a row
// use: lib/grid, lib/step

struct Sizes { B: u32 }                            // batch rows
override TERMS: u32 = 4u;                          // terms there are

@group(0) @binding(0) var<storage, read_write> dterm0: array<f32>;
@group(0) @binding(1) var<storage, read_write> dterm1: array<f32>;
@group(0) @binding(2) var<storage, read_write> dterm2: array<f32>;
@group(0) @binding(3) var<storage, read_write> dterm3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups) * 64u + lane;
  if (b >= sizes.B) { return; }
  let rows = min(step.rows, sizes.B);
  let share = select(0.0, 1.0, b < rows) / f32(max(rows, 1u));
  dterm0[b] = step.weight0 * share;
  if (TERMS > 1u) { dterm1[b] = step.weight1 * share; }
  if (TERMS > 2u) { dterm2[b] = step.weight2 * share; }
  if (TERMS > 3u) { dterm3[b] = step.weight3 * share; }
}
