// On one adapter: what train() hands on; the looks themselves are proved on each. In a page its worker lies elsewhere.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NotFiniteError } from "../src/errors.js";
import type { RunConfig } from "../src/train/config.js";
import type { Health } from "../src/train/health.js";
import { train } from "../src/train/platform/node.js";
import { smallData, smallRuns } from "./small-run.js";

const test = suite("health through train()");

test("the API's train tells of it, each look once, and of what ends the run", async () => {
  const told: Health[] = [];
  const data = smallData();
  const onHealth = (health: Health): void => void told.push(health);
  const config: RunConfig = { ...smallRuns.vae, batch: 2, steps: 25 };
  await train(config, { data, onHealth }).done;
  assert.equal(
    told.map(({ step, klPerDim }) => [step, klPerDim?.length]),
    [
      [11, 4],
      [22, 4],
    ],
  );
  const failing: RunConfig = { ...config, steps: 300, optimizer: { kind: "sgd", lr: 1000, momentum: 0.9 } };
  const error = await train(failing, { data, onHealth }).done.then(
    () => undefined,
    (e: unknown) => e,
  );
  assert.instance(error, NotFiniteError);
  if (error instanceof NotFiniteError)
    assert.equal(told.at(-1), { step: error.step, alarms: [{ kind: "notFinite", text: error.message }] });
});

test.run();
