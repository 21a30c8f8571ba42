import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import type { ScheduleConfig } from "../src/train/schedule.js";
import { schedule } from "../src/train/schedule.js";

const test = suite("schedule");
const near = (got: number, want: number): void => assert.ok(Math.abs(got - want) <= 1e-12, `${got}, not ${want}`);
/** Values at steps, against what is wanted. */
const follows = (config: ScheduleConfig, want: Readonly<Record<number, number>>): void => {
  const at = schedule(config);
  for (const [step, value] of Object.entries(want)) near(at(Number(step)), value);
};

test("constant", () => follows({ kind: "constant", value: 4 }, { 0: 4, 1e9: 4 }));

test("linear rises to its end and stays", () => {
  follows({ kind: "linear", to: 1, steps: 10 }, { 0: 0, 5: 0.5, 9: 0.9, 10: 1, 11: 1, 1e6: 1 });
  follows({ kind: "linear", from: 3, to: 1, steps: 4 }, { 0: 3, 1: 2.5, 4: 1, 100: 1 });
});

test("cosine warms up, then falls to its end and stays", () => {
  follows({ kind: "cosine", max: 2, min: 1, steps: 8 }, { 0: 2, 4: 1.5, 2: 1.5 + Math.SQRT1_2 / 2, 8: 1, 99: 1 });
  follows({ kind: "cosine", max: 1, steps: 14, warmup: 4 }, { 0: 0.2, 3: 0.8, 4: 1, 9: 0.5, 14: 0, 15: 0 });
});

test("step falls in steps", () =>
  follows({ kind: "step", value: 8, every: 3, factor: 0.5 }, { 0: 8, 2: 8, 3: 4, 5: 4, 6: 2, 9: 1 }));

test("exponential falls evenly", () => {
  follows({ kind: "exponential", value: 1, factor: 0.5 }, { 0: 1, 1: 0.5, 2: 0.25 });
  follows({ kind: "exponential", value: 1, factor: 0.25, every: 10 }, { 5: 0.5, 10: 0.25 });
});

test("cyclical rises in the first part of each cycle, and stays up after the last", () => {
  // Fu et al. 2019: 4 cycles over 40,000 steps, the first half of each linear.
  const config = { kind: "cyclical", max: 1, steps: 40_000 } as const;
  follows(config, { 0: 0, 2500: 0.5, 5000: 1, 9999: 1, 10000: 0, 12500: 0.5, 35000: 1, 40000: 1, 41000: 1 });
  follows(
    { kind: "cyclical", min: 1, max: 3, steps: 10, cycles: 2, ratio: 0.8 },
    { 0: 1, 2: 2, 4: 3, 5: 1, 7: 2, 10: 3 },
  );
});

test("sigmoid passes its middle half way", () => {
  const config = { kind: "sigmoid", min: 1, max: 5, middle: 100, width: 10 } as const;
  follows(config, { 100: 3, 110: 1 + 4 / (1 + Math.exp(-1)), 90: 1 + 4 / (1 + Math.E), 1e9: 5 });
  assert.ok(schedule({ ...config, width: 1e-9 })(0) === 1);
});

test("bad settings are refused by name, value and range", () => {
  const bad: [unknown, ...string[]][] = [
    [{ kind: "cosinus", max: 1, steps: 2 }, "lr.kind", '"cosine"'],
    [{ kind: "linear", steps: 2 }, "lr.to", "missing"],
    [{ kind: "linear", to: Number.POSITIVE_INFINITY, steps: 2 }, "lr.to", "Infinity"],
    [{ kind: "linear", to: 1, steps: 0.5 }, "lr.steps", "0.5", "whole number"],
    [{ kind: "step", value: 1, every: 0, factor: 0.5 }, "lr.every", "0;"],
    [{ kind: "exponential", value: 1, factor: 1.5 }, "lr.factor", "1.5"],
    [{ kind: "cosine", max: 1, steps: 5, warmup: 5 }, "lr.warmup", "5", "less than steps"],
    [{ kind: "cyclical", max: 1, steps: 5, ratio: 0 }, "lr.ratio", "0;"],
    [{ kind: "sigmoid", max: 1, midle: 5, width: 1 }, "lr.midle", '"middle"'],
    ["linear", "lr", '"kind"'],
  ];
  for (const [config, ...parts] of bad) {
    try {
      schedule(config as ScheduleConfig, "lr");
      assert.unreachable(JSON.stringify(config));
    } catch (error) {
      assert.instance(error, InputError);
      for (const p of parts)
        assert.ok((error as Error).message.includes(p), `"${p}" is not in: ${(error as Error).message}`);
    }
  }
});

test.run();
