// Masked patches: an exact number of each image's patches, chosen by a bijection of their own. Twin: kernels-test/ref/corrupt.ts.
// use: lib/permute, lib/philox

// Whether element i of [B,H,W,C] lies in one of the `hidden` patches of side P; the last ones of a side may be cut.
fn in_hidden_patch(i: u32, H: u32, W: u32, C: u32, P: u32, hidden: u32, seed: vec2u, stream: u32, at_step: u32) -> bool {
  let pixel = i / C;
  let across = (W + P - 1u) / P;
  let patches = across * ((H + P - 1u) / P);
  let number = pixel / W % H / P * across + pixel % W / P;
  let words = draw(seed, stream, at_step, pixel / (W * H));
  return permute(number, patches, vec2u(words.x, 0u), words.y) < hidden;
}
