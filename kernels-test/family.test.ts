import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Device } from "../src/gpu/device.js";
import type { StepLosses } from "../src/train/losses.js";
import { familyRuns } from "./family-runs.js";
import { references } from "./ref/index.js";
import { sideBySide, stepOf } from "./small-run.js";

const test = suite("family");
const device = await Device.open();
const STEPS = 10;

for (const [name, config] of Object.entries(familyRuns))
  test(`${name}: ten losses as the float64 twins have them`, async () => {
    const seen: StepLosses[] = [];
    const onSteps = (steps: readonly StepLosses[]) => seen.push(...steps);
    const { trainer, interpreter } = await sideBySide(device, config, references, { onSteps });
    const twins: number[][] = [];
    for (let step = 0; step < STEPS; step++) {
      const values = stepOf(trainer, step) as Record<string, number>;
      interpreter.run(values);
      twins.push([...interpreter.values("ring").subarray(8 * values.slot, 8 * values.slot + 5)]);
    }
    await trainer.run(STEPS);
    assert.is(seen.length, STEPS);
    seen.forEach(({ step, loss, terms }, s) => {
      const found = Object.entries({ loss, ...terms });
      found.forEach(([term, value], k) => {
        const twin = twins[s][k];
        const bound = 1e-4 * Math.max(Math.abs(twin), Math.abs(twins[s][0]) * 1e-2);
        assert.ok(Math.abs(value - twin) <= bound, `step ${step} ${term}: ${value} and ${twin}`);
      });
    });
    trainer.dispose();
  });

test.run();
