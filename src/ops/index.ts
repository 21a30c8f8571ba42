import { activation } from "./activation.js";
import { add } from "./add.js";
import { bceLogits } from "./bce-logits.js";
import { clipNorm } from "./clip-norm.js";
import { finite } from "./finite.js";
import { linear } from "./linear.js";
import { mse } from "./mse.js";
import { mul } from "./mul.js";
import type { Op } from "./op.js";
import { adagrad, adam, adamw, rmsprop, sgd } from "./optimizer.js";
import { reparameterize } from "./reparameterize.js";
import { scale } from "./scale.js";
import { total } from "./total.js";

/** The op table. */
export const ops: readonly Op[] = [
  linear,
  activation,
  add,
  mul,
  scale,
  adam,
  adamw,
  sgd,
  rmsprop,
  adagrad,
  reparameterize,
  bceLogits,
  mse,
  total,
  clipNorm,
  finite,
];
