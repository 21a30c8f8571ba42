// Finite scalar quantization (Mentzer et al. 2023): L levels a dimension, within reach of a tanh.
// use: lib/levels, lib/math

// The shift of z that makes z = 0 a level: an even number of levels has none at the middle.
fn fsq_shift(d: u32) -> f32 {
  switch d {
    case 0u: { return sizes.shift0; }
    case 1u: { return sizes.shift1; }
    case 2u: { return sizes.shift2; }
    case 3u: { return sizes.shift3; }
    case 4u: { return sizes.shift4; }
    case 5u: { return sizes.shift5; }
    case 6u: { return sizes.shift6; }
    default: { return sizes.shift7; }
  }
}

// Half the distance of the outermost levels, a thousandth more: the tanh must get there.
fn fsq_half(levels: u32) -> f32 {
  return 0.5005 * f32(levels - 1u);
}
