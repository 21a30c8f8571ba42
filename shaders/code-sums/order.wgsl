// order = the rows that count, sorted by code, those of one code in their order: order[starts[k] + offsets[s,k] + rank[n]] = n
// indices u32 [N]   rank u32 [N]   offsets u32 [S,K]   starts u32 [K+1]   order u32 [N]   k = indices[n], s the stretch of n
// grid: ceil(N/256)                               one thread a row
// use: lib/grid, lib/step

struct Sizes { N: u32, K: u32, P: u32, L: u32 }    // rows, codes; rows of x in a row of the batch; rows of a stretch
override COUNTED: bool = false;                    // whether only the first step.rows rows of the batch count

@group(0) @binding(0) var<storage, read> indices: array<u32>;
@group(0) @binding(1) var<storage, read> rank: array<u32>;
@group(0) @binding(2) var<storage, read> offsets: array<u32>;
@group(0) @binding(3) var<storage, read> starts: array<u32>;
@group(0) @binding(4) var<storage, read_write> order: array<u32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 256u + lane;
  let rows = select(sizes.N, min(step.rows, sizes.N / sizes.P) * sizes.P, COUNTED);
  if (n >= rows) { return; }
  let k = indices[n];
  if (k >= sizes.K) { return; }
  order[starts[k] + offsets[n / sizes.L * sizes.K + k] + rank[n]] = n;
}
