import type { Rule } from "../check.js";
import { rules } from "../check.js";
import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { clipNorm } from "../ops/clip-norm.js";
import type { Attrs, Op } from "../ops/op.js";
import { adagrad, adam, adamw, rmsprop, rmspropForms, sgd } from "../ops/optimizer.js";

interface AdamSettings {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly amsgrad?: boolean;
}

/** Defaults are PyTorch's; those of RMSprop in its "keras" form are Keras's. `weightDecay` is an L2 term of the gradient, but
 * for adamw, where weights decay by themselves. */
export type OptimizerConfig =
  | ({ readonly kind: "adam" } & AdamSettings)
  | ({ readonly kind: "adamw" } & AdamSettings)
  | {
      readonly kind: "sgd";
      readonly lr?: number;
      readonly momentum?: number;
      readonly dampening?: number;
      readonly nesterov?: boolean;
      readonly weightDecay?: number;
    }
  | {
      readonly kind: "rmsprop";
      /** Epsilon beside the root ("torch") or under it ("keras"). */
      readonly form?: "torch" | "keras";
      readonly lr?: number;
      readonly alpha?: number;
      readonly eps?: number;
      readonly momentum?: number;
      readonly centered?: boolean;
      readonly weightDecay?: number;
    }
  | {
      readonly kind: "adagrad";
      readonly lr?: number;
      readonly lrDecay?: number;
      readonly initialAccumulator?: number;
      readonly eps?: number;
      readonly weightDecay?: number;
    };

type Settings<K extends OptimizerConfig["kind"]> = Required<Extract<OptimizerConfig, { kind: K }>>;

/** Values of the step uniform that an update needs. */
export interface OptimizerStep {
  readonly lr: number;
  readonly correction1: number;
  readonly correction2: number;
}

export interface AppendOptions {
  /** Gradients are scaled down to this norm (L2, of all parameters together) where theirs is larger. */
  readonly clipNorm?: number;
}

export interface Optimizer {
  readonly kind: OptimizerConfig["kind"];
  /** The config's learning rate: what a schedule starts from. */
  readonly lr: number;
  /** Every setting, defaults filled in. */
  readonly config: OptimizerConfig;
  /** Names of the moment arenas, in order; a checkpoint holds them. */
  readonly arenas: readonly string[];
  /** What each arena is filled with before the first step, by arena name. The trainer writes those that are not 0. */
  readonly initial: Readonly<Record<string, number>>;
  /** Appends the update of all weights, after `differentiate`. With `clipNorm`, gives the gradients' norm [1] before
   * clipping, readable after a run. */
  append(graph: Graph, options?: AppendOptions): { readonly norm: Tensor | undefined };
  /** Step values of step `t`, the first being 1, at the learning rate that holds for it. */
  stepValues(t: number, lr: number): OptimizerStep;
}

const lr = rules.optional(rules.number(0, 1000));
// At 0 an element whose gradient stays 0 would divide 0 by 0; below 1e-30 float32 is close to that.
const eps = rules.optional(rules.number(1e-30, 1));
const weightDecay = rules.optional(rules.number(0, 1000));
const flag = rules.optional(rules.boolean);
/** A decay rate: the largest float32 below 1 is 1 - 2^-24. */
const rate = rules.number(0, 0.9999999);
const adamKeys = {
  lr,
  betas: rules.optional(rules.list(rate, 2, 2) as Rule<readonly [number, number]>),
  eps,
  weightDecay,
  amsgrad: flag,
};

/** Checks an optimizer's config. */
export const optimizerRule: Rule<OptimizerConfig> = rules.byKind<OptimizerConfig>({
  adam: rules.object({ kind: rules.oneOf("adam"), ...adamKeys }),
  adamw: rules.object({ kind: rules.oneOf("adamw"), ...adamKeys }),
  sgd: rules.object({
    kind: rules.oneOf("sgd"),
    lr,
    momentum: rules.optional(rate),
    dampening: rules.optional(rules.number(0, 1)),
    nesterov: flag,
    weightDecay,
  }),
  rmsprop: rules.object({
    kind: rules.oneOf("rmsprop"),
    form: rules.optional(rules.oneOf("torch", "keras")),
    lr,
    alpha: rules.optional(rate),
    eps,
    momentum: rules.optional(rate),
    centered: flag,
    weightDecay,
  }),
  adagrad: rules.object({
    kind: rules.oneOf("adagrad"),
    lr,
    lrDecay: rules.optional(rules.number(0, 1000)),
    initialAccumulator: rules.optional(rules.number(0, 1e30)),
    eps,
    weightDecay,
  }),
});

/** What a config comes to. */
interface Recipe {
  readonly op: Op;
  readonly config: OptimizerConfig & { readonly lr: number };
  readonly attrs: Attrs;
  /** The op's moments in use, in the order of their arenas: binding name and starting value. */
  readonly moments: readonly (readonly [string, number])[];
  readonly step: (t: number, lr: number) => OptimizerStep;
}

const plainStep = (_: number, lr: number): OptimizerStep => ({ lr, correction1: 1, correction2: 1 });
const moment = (name: string, used = true): [string, number][] => (used ? [[name, 0]] : []);

function adamRecipe(op: Op, config: Settings<"adam"> | Settings<"adamw">): Recipe {
  const { betas, eps, weightDecay, amsgrad } = config;
  const [beta1, beta2] = betas;
  return {
    op,
    config,
    attrs: { beta1, beta2, eps, weightDecay, amsgrad },
    moments: [...moment("m"), ...moment("v"), ...moment("vmax", amsgrad)],
    step: (t, lr) => ({ lr, correction1: 1 - beta1 ** t, correction2: 1 - beta2 ** t }),
  };
}

function sgdRecipe(config: Settings<"sgd">): Recipe {
  const { momentum, dampening, nesterov, weightDecay } = config;
  if (nesterov && (momentum === 0 || dampening !== 0))
    throw new InputError(
      `optimizer.nesterov is true with momentum ${momentum} and dampening ${dampening}; it needs a momentum above 0 and a dampening of 0.`,
    );
  return {
    op: sgd,
    config,
    attrs: { momentum, nesterov, weightDecay },
    moments: moment("m", momentum > 0),
    // The first gradient enters the empty buffer undampened.
    step: (t, lr) => ({ lr, correction1: t === 1 ? 1 : 1 - dampening, correction2: 1 }),
  };
}

function rmspropRecipe(config: Settings<"rmsprop">): Recipe {
  const { alpha, eps, momentum, centered, weightDecay, form } = config;
  return {
    op: rmsprop,
    config,
    attrs: { alpha, eps, momentum, centered, weightDecay, form: rmspropForms[form] },
    moments: [...moment("v"), ...moment("m", momentum > 0), ...moment("mean", centered)],
    step: plainStep,
  };
}

function adagradRecipe(config: Settings<"adagrad">): Recipe {
  const { eps, weightDecay, lrDecay, initialAccumulator } = config;
  return {
    op: adagrad,
    config,
    attrs: { eps, weightDecay },
    moments: [["v", initialAccumulator]],
    step: (t, lr) => plainStep(t, lr / (1 + (t - 1) * lrDecay)),
  };
}

const adamDefaults = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, amsgrad: false } as const;
const rmspropDefaults = {
  torch: { form: "torch", lr: 1e-2, alpha: 0.99, eps: 1e-8, momentum: 0, centered: false, weightDecay: 0 },
  keras: { form: "keras", lr: 1e-3, alpha: 0.9, eps: 1e-7, momentum: 0, centered: false, weightDecay: 0 },
} as const;

function recipeOf(config: OptimizerConfig): Recipe {
  switch (config.kind) {
    case "adam":
      return adamRecipe(adam, { ...adamDefaults, ...config });
    case "adamw":
      return adamRecipe(adamw, { ...adamDefaults, weightDecay: 1e-2, ...config });
    case "sgd":
      return sgdRecipe({ lr: 1e-3, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0, ...config });
    case "rmsprop":
      return rmspropRecipe({ ...rmspropDefaults[config.form ?? "torch"], ...config });
    case "adagrad":
      return adagradRecipe({ lr: 1e-2, lrDecay: 0, initialAccumulator: 0, eps: 1e-10, weightDecay: 0, ...config });
  }
}

/** An optimizer from its config.
 * @throws InputError naming the setting, its value and what is allowed */
export function createOptimizer(config: OptimizerConfig): Optimizer {
  const recipe = recipeOf(optimizerRule(config, "optimizer"));
  const arenas = recipe.moments.map((_, i) => `moment${i + 1}`);
  return {
    kind: config.kind,
    lr: recipe.config.lr,
    config: recipe.config,
    arenas,
    initial: Object.fromEntries(recipe.moments.map(([, value], i) => [arenas[i] as string, value])),
    append: (graph, options = {}) => append(graph, recipe, arenas, options),
    stepValues: recipe.step,
  };
}

function append(
  graph: Graph,
  { op, attrs, moments }: Recipe,
  arenas: readonly string[],
  options: AppendOptions,
): { norm: Tensor | undefined } {
  const { parameters } = graph;
  const dw = parameters.arena("gradient", "gradient");
  let norm: Tensor | undefined;
  if (options.clipNorm !== undefined) {
    const maxNorm = rules.above(0, 1e30)(options.clipNorm, "clipNorm");
    norm = graph.keep(graph.apply(clipNorm, { dw }, { maxNorm }).norm as Tensor);
  }
  const tensors: Record<string, Tensor> = { w: parameters.arena("weight", "weight"), dw };
  for (const name of op.inputs) {
    const arena = arenas[moments.findIndex(([moment]) => moment === name)];
    if (arena !== undefined) tensors[name] = parameters.arena(arena, "moment");
    else tensors[name] ??= graph.tensor(`optimizer.${name}~unused`, [1], "f32", "activation");
  }
  graph.apply(op, tensors, attrs, "optimizer");
  return { norm };
}
