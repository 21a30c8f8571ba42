// What finite scalar quantization knows of dimension d: how many levels, and the shift that puts 0 between two of an even number.
fn levels_of(d: u32) -> u32 {
  switch d {
    case 0u: { return sizes.L0; }
    case 1u: { return sizes.L1; }
    case 2u: { return sizes.L2; }
    case 3u: { return sizes.L3; }
    case 4u: { return sizes.L4; }
    case 5u: { return sizes.L5; }
    case 6u: { return sizes.L6; }
    default: { return sizes.L7; }
  }
}
