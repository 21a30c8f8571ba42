// Philox 4x32-10 (Salmon et al. 2011). Twin: src/random/philox.ts, bit for bit.
fn multiply_high(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu;
  let ah = a >> 16u;
  let bl = b & 0xffffu;
  let bh = b >> 16u;
  let low = al * bl;
  let middle = ah * bl + (low >> 16u);
  let cross = al * bh + (middle & 0xffffu);
  return ah * bh + (middle >> 16u) + (cross >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let high0 = multiply_high(0xd2511f53u, c.x);
    let high1 = multiply_high(0xcd9e8d57u, c.z);
    c = vec4u(high1 ^ c.y ^ k.x, 0xcd9e8d57u * c.z, high0 ^ c.w ^ k.y, 0xd2511f53u * c.x);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

// Four words at an address: block of four elements, stream, step, seed.
fn draw(seed: vec2u, stream: u32, at_step: u32, block: u32) -> vec4u {
  return philox(vec4u(block, at_step, stream, 0u), seed);
}

fn to_uniform(word: u32) -> f32 {
  return f32(word >> 8u) * 0x1p-24;
}

// Uniform in [0, 1) for one element.
fn uniform_at(seed: vec2u, stream: u32, at_step: u32, element: u32) -> f32 {
  return to_uniform(draw(seed, stream, at_step, element >> 2u)[element & 3u]);
}

// Cosine and sine of 2 pi u: the built-in ones are 2e-4 off on one adapter.
fn cos_sin_turns(u: f32) -> vec2f {
  let t = u * 4.0;
  let quadrant = floor(t + 0.5);
  let x = (t - quadrant) * 1.5707963267948966;
  let z = x * x;
  let s = x + x * z * (-1.6666654611e-1 + z * (8.3321608736e-3 + z * -1.9515295891e-4));
  let c = 1.0 - 0.5 * z + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5));
  let q = u32(quadrant) & 3u;
  let swapped = select(vec2f(c, s), vec2f(-s, c), (q & 1u) == 1u);
  return select(swapped, -swapped, q >= 2u);
}

// Standard normal for one element by Box-Muller: elements 2j and 2j+1 share a pair of words.
fn normal_at(seed: vec2u, stream: u32, at_step: u32, element: u32) -> f32 {
  let words = draw(seed, stream, at_step, element >> 2u);
  let pair = select(words.xy, words.zw, (element & 2u) == 2u);
  let radius = sqrt(-2.0 * log_one_minus(to_uniform(pair.x)));
  let turn = cos_sin_turns(to_uniform(pair.y));
  return radius * select(turn.x, turn.y, (element & 1u) == 1u);
}

// log(1 - u) for u in [0, 1): near u = 0 the built-in log is off absolutely, which the square root would enlarge.
fn log_one_minus(u: f32) -> f32 {
  let series = -u * (1.0 + u * (0.5 + u * (0.33333334 + u * (0.25 + u * 0.2))));
  return select(log(1.0 - u), series, u < 0.03125);
}
