// da[p,c] = dy[p,c]     db[p,c] = dy[p,A+c]
// dy [P,A+B]   da [P,A]   db [P,B]                f32, row-major; a row = the joined axis and all behind it
// grid: ceil(P*(A+B)/256)                         one thread an element of dy
// use: lib/grid

struct Sizes { P: u32, A: u32, B: u32 }            // rows, row lengths of a and b

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> da: array<f32>;
@group(0) @binding(2) var<storage, read_write> db: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  let row = sizes.A + sizes.B;
  if (i >= sizes.P * row) { return; }
  let p = i / row;
  let c = i % row;
  if (c < sizes.A) {
    da[p * sizes.A + c] = dy[i];
  } else {
    db[p * sizes.B + c - sizes.A] = dy[i];
  }
}
