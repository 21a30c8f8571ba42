// What changes from step to step; one 256-byte slot a step, bound with a dynamic offset.
struct Step {
  seed_low: u32,
  seed_high: u32,
  step: u32,              // steps done before this one
  epoch: u32,             // epochs done before this one: keys the permutation
  cursor: u32,            // first row of the batch in the epoch's order
  rows: u32,              // rows of the batch that count; the rest are padding
  slot: u32,              // line of the loss ring
  lr: f32,
  correction1: f32,       // 1 - beta1^t
  correction2: f32,       // 1 - beta2^t
  weight0: f32,           // weight of each loss term in the objective
  weight1: f32,
  weight2: f32,
  weight3: f32,
  capacity: f32,          // the KL that the objective asks for, in nats an image
  pixel: u32,             // the pixel that is sampled, in the order of a page
  temperature: f32,       // divides the logits of a draw
  top_k: u32,             // a draw is among so many of the largest; 0: among all
  top_p: f32,             // and among the fewest that have this share of the probability
}
@group(1) @binding(0) var<uniform> step: Step;
