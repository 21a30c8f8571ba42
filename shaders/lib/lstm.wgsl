// The four gates of an LSTM's unit: sigmoids i, f, o and the candidate g between -1 and 1, out of their sums in PyTorch's order.
// use: lib/math
struct LstmGates { i: f32, f: f32, g: f32, o: f32 }

fn lstm_gates(sums: vec4f) -> LstmGates {
  return LstmGates(safe_sigmoid(sums.x), safe_sigmoid(sums.y), safe_tanh(sums.z), safe_sigmoid(sums.w));
}
