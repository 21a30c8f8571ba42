// dw[i,o] = sum_b x[b,i] * dy[b,o]     dbias[o] = sum_b dy[b,o]     software adapters: subgroup broadcast
// x [B,I]   dy [B,O]   dw [I,O]   dbias [O]       f32, row-major, O a multiple of 4
// grid: ceil(O/(4*SUBGROUP)), ceil(I/16)          one workgroup = one subgroup = 16 rows of dw; a lane owns 4 columns
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features
override SUBGROUP: u32 = 8u;                       // lanes of a subgroup: 4 or 8
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dbias: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// One load of x serves SUBGROUP rows of dw, one load of dy all 16.
@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let n = min(group.x * SUBGROUP + lane, columns - 1u);
  let r = group.y * 16u;
  let last = sizes.I - 1u;
  let i0 = min(r + lane, last);
  let i1 = min(r + SUBGROUP + lane, last);
  let i2 = min(r + 2u * SUBGROUP + lane, last);
  let i3 = min(r + 3u * SUBGROUP + lane, last);
  var bias = vec4f();
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  for (var b = 0u; b < sizes.B; b++) {
    let row = b * sizes.I;
    let g = dy[b * columns + n];
    let a0 = x[row + i0];
    let a1 = x[row + i1];
    bias += g;
    if (SUBGROUP == 8u) {
      c0 += subgroupBroadcast(a0, 0u) * g; c1 += subgroupBroadcast(a0, 1u) * g;
      c2 += subgroupBroadcast(a0, 2u) * g; c3 += subgroupBroadcast(a0, 3u) * g;
      c4 += subgroupBroadcast(a0, 4u) * g; c5 += subgroupBroadcast(a0, 5u) * g;
      c6 += subgroupBroadcast(a0, 6u) * g; c7 += subgroupBroadcast(a0, 7u) * g;
      c8 += subgroupBroadcast(a1, 0u) * g; c9 += subgroupBroadcast(a1, 1u) * g;
      c10 += subgroupBroadcast(a1, 2u) * g; c11 += subgroupBroadcast(a1, 3u) * g;
      c12 += subgroupBroadcast(a1, 4u) * g; c13 += subgroupBroadcast(a1, 5u) * g;
      c14 += subgroupBroadcast(a1, 6u) * g; c15 += subgroupBroadcast(a1, 7u) * g;
    } else {
      let a2 = x[row + i2];
      let a3 = x[row + i3];
      c0 += subgroupBroadcast(a0, 0u) * g; c1 += subgroupBroadcast(a0, 1u) * g;
      c2 += subgroupBroadcast(a0, 2u) * g; c3 += subgroupBroadcast(a0, 3u) * g;
      c4 += subgroupBroadcast(a1, 0u) * g; c5 += subgroupBroadcast(a1, 1u) * g;
      c6 += subgroupBroadcast(a1, 2u) * g; c7 += subgroupBroadcast(a1, 3u) * g;
      c8 += subgroupBroadcast(a2, 0u) * g; c9 += subgroupBroadcast(a2, 1u) * g;
      c10 += subgroupBroadcast(a2, 2u) * g; c11 += subgroupBroadcast(a2, 3u) * g;
      c12 += subgroupBroadcast(a3, 0u) * g; c13 += subgroupBroadcast(a3, 1u) * g;
      c14 += subgroupBroadcast(a3, 2u) * g; c15 += subgroupBroadcast(a3, 3u) * g;
    }
  }
  if (group.x * SUBGROUP + lane >= columns) { return; }
  if (HAS_BIAS && group.y == 0u) { dbias[n] = bias; }
  if (r + 0u < sizes.I) { dw[(r + 0u) * columns + n] = c0; }
  if (r + 1u < sizes.I) { dw[(r + 1u) * columns + n] = c1; }
  if (r + 2u < sizes.I) { dw[(r + 2u) * columns + n] = c2; }
  if (r + 3u < sizes.I) { dw[(r + 3u) * columns + n] = c3; }
  if (r + 4u < sizes.I) { dw[(r + 4u) * columns + n] = c4; }
  if (r + 5u < sizes.I) { dw[(r + 5u) * columns + n] = c5; }
  if (r + 6u < sizes.I) { dw[(r + 6u) * columns + n] = c6; }
  if (r + 7u < sizes.I) { dw[(r + 7u) * columns + n] = c7; }
  if (r + 8u < sizes.I) { dw[(r + 8u) * columns + n] = c8; }
  if (r + 9u < sizes.I) { dw[(r + 9u) * columns + n] = c9; }
  if (r + 10u < sizes.I) { dw[(r + 10u) * columns + n] = c10; }
  if (r + 11u < sizes.I) { dw[(r + 11u) * columns + n] = c11; }
  if (r + 12u < sizes.I) { dw[(r + 12u) * columns + n] = c12; }
  if (r + 13u < sizes.I) { dw[(r + 13u) * columns + n] = c13; }
  if (r + 14u < sizes.I) { dw[(r + 14u) * columns + n] = c14; }
  if (r + 15u < sizes.I) { dw[(r + 15u) * columns + n] = c15; }
}
