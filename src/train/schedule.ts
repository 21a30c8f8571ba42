import type { Rule } from "../check.js";
import { rules } from "../check.js";
import { InputError } from "../errors.js";

/** A value by step: a learning rate, the weight of a loss term, a temperature. Steps count from 0, those done before.
 * - linear: from `from` to `to` over `steps`, `to` after (a warm-up).
 * - cosine: up from 0 to `max` over `warmup` steps, then half a cosine down to `min` at step `steps` (Loshchilov and Hutter 2017).
 * - step: `value`, times `factor` after every `every` steps.
 * - exponential: `value` times `factor`^(s / every).
 * - cyclical: `cycles` equal cycles over `steps`, each up from `min` to `max` in the first `ratio` of it and at `max` for the
 *   rest; `max` after (Fu et al. 2019, "Cyclical annealing schedule: a simple approach to mitigating KL vanishing").
 * - sigmoid: from `min` to `max` along a logistic curve, half way at step `middle`, from 12 % to 88 % within 4 `width` around it
 *   (Bowman et al. 2016, "Generating sentences from a continuous space"). */
export type ScheduleConfig =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "linear"; readonly from?: number; readonly to: number; readonly steps: number }
  | {
      readonly kind: "cosine";
      readonly max: number;
      readonly min?: number;
      readonly steps: number;
      readonly warmup?: number;
    }
  | { readonly kind: "step"; readonly value: number; readonly every: number; readonly factor: number }
  | { readonly kind: "exponential"; readonly value: number; readonly every?: number; readonly factor: number }
  | {
      readonly kind: "cyclical";
      readonly min?: number;
      readonly max: number;
      readonly steps: number;
      readonly cycles?: number;
      readonly ratio?: number;
    }
  | {
      readonly kind: "sigmoid";
      readonly min?: number;
      readonly max: number;
      readonly middle: number;
      readonly width: number;
    };

export type Schedule = (step: number) => number;

const value = rules.number(0, 1e6);
const steps = rules.integer(1, 1e12);
const factor = rules.above(0, 1);

/** Checks a schedule's config. */
export const scheduleRule: Rule<ScheduleConfig> = rules.byKind<ScheduleConfig>({
  constant: rules.object({ kind: rules.oneOf("constant"), value }),
  linear: rules.object({ kind: rules.oneOf("linear"), from: rules.optional(value), to: value, steps }),
  cosine: rules.object({
    kind: rules.oneOf("cosine"),
    max: value,
    min: rules.optional(value),
    steps,
    warmup: rules.optional(rules.integer(0, 1e12)),
  }),
  step: rules.object({ kind: rules.oneOf("step"), value, every: steps, factor }),
  exponential: rules.object({ kind: rules.oneOf("exponential"), value, every: rules.optional(steps), factor }),
  cyclical: rules.object({
    kind: rules.oneOf("cyclical"),
    min: rules.optional(value),
    max: value,
    steps,
    cycles: rules.optional(rules.integer(1, 1e6)),
    ratio: rules.optional(rules.above(0, 1)),
  }),
  sigmoid: rules.object({
    kind: rules.oneOf("sigmoid"),
    min: rules.optional(value),
    max: value,
    middle: rules.number(0, 1e12),
    width: rules.above(0, 1e12),
  }),
});

/** `value` at every step. */
export const constant =
  (value: number): Schedule =>
  () =>
    value;

export const linear =
  (from: number, to: number, steps: number): Schedule =>
  (s) =>
    s >= steps ? to : from + ((to - from) * s) / steps;

export const cosine =
  (max: number, min: number, steps: number, warmup = 0): Schedule =>
  (s) => {
    // The first step must not be lost to a rate of 0.
    if (s < warmup) return (max * (s + 1)) / (warmup + 1);
    const done = Math.min(1, (s - warmup) / (steps - warmup));
    return min + ((max - min) * (1 + Math.cos(Math.PI * done))) / 2;
  };

export const stepwise =
  (value: number, every: number, factor: number): Schedule =>
  (s) =>
    value * factor ** Math.floor(s / every);

export const exponential =
  (value: number, factor: number, every = 1): Schedule =>
  (s) =>
    value * factor ** (s / every);

export const cyclical =
  (min: number, max: number, steps: number, cycles = 4, ratio = 0.5): Schedule =>
  (s) => {
    if (s >= steps) return max;
    const cycle = steps / cycles;
    const along = (s % cycle) / cycle;
    return along >= ratio ? max : min + ((max - min) * along) / ratio;
  };

export const sigmoid =
  (min: number, max: number, middle: number, width: number): Schedule =>
  (s) =>
    min + (max - min) / (1 + Math.exp((middle - s) / width));

/** A function of the step from a config: `min` and `from` are 0, `warmup` 0, `cycles` 4, `ratio` 0.5 and the exponential's `every` 1
 * where left out.
 * @param path the config's name in messages
 * @throws InputError naming the setting, its value and what is allowed */
export function schedule(config: ScheduleConfig, path = "schedule"): Schedule {
  const c = scheduleRule(config, path);
  switch (c.kind) {
    case "constant":
      return constant(c.value);
    case "linear":
      return linear(c.from ?? 0, c.to, c.steps);
    case "cosine":
      if ((c.warmup ?? 0) >= c.steps)
        throw new InputError(`${path}.warmup is ${c.warmup}; allowed: less than steps, which is ${c.steps}.`);
      return cosine(c.max, c.min ?? 0, c.steps, c.warmup);
    case "step":
      return stepwise(c.value, c.every, c.factor);
    case "exponential":
      return exponential(c.value, c.factor, c.every);
    case "cyclical":
      return cyclical(c.min ?? 0, c.max, c.steps, c.cycles, c.ratio);
    case "sigmoid":
      return sigmoid(c.min ?? 0, c.max, c.middle, c.width);
  }
}

/** No value of a schedule is larger. */
export const largestOf = (config: ScheduleConfig): number => {
  const { value = 0, from = 0, to = 0, max = 0 } = config as Partial<Record<"value" | "from" | "to" | "max", number>>;
  return Math.max(value, from, to, max);
};
