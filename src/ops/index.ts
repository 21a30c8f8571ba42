import { activation } from "./activation.js";
import { add } from "./add.js";
import { bce } from "./bce.js";
import { bceLogits } from "./bce-logits.js";
import { clipNorm } from "./clip-norm.js";
import { finite } from "./finite.js";
import { gaussianNll } from "./gaussian-nll.js";
import { l1 } from "./l1.js";
import { linear } from "./linear.js";
import { mse } from "./mse.js";
import { mul } from "./mul.js";
import type { Op } from "./op.js";
import { adagrad, adam, adamw, rmsprop, sgd } from "./optimizer.js";
import { reparameterize } from "./reparameterize.js";
import { scale } from "./scale.js";
import { smoothL1 } from "./smooth-l1.js";
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
  l1,
  smoothL1,
  bce,
  gaussianNll,
];
