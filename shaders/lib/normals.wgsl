// Four standard normals from the words of a block: what normal_at gives for its elements, at a quarter of the work.
// use: lib/philox
fn normals_of(words: vec4u) -> vec4f {
  let a = sqrt(-2.0 * log_one_minus(to_uniform(words.x))) * cos_sin_turns(to_uniform(words.y));
  let b = sqrt(-2.0 * log_one_minus(to_uniform(words.z))) * cos_sin_turns(to_uniform(words.w));
  return vec4f(a, b);
}
