// Number of this workgroup in a one-dimensional grid that the plan may have folded into x and y.
fn flat_group(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}
