import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Device } from "../src/gpu/device.js";
import { cases, LARGEST, rowsOf } from "./edge-cases.js";
import { activationProof } from "./ref/activation.js";
import { proofs } from "./ref/index.js";
import { runTrials } from "./run-trials.js";
import type { Trial } from "./trials.js";
import { CaseRun } from "./trials.js";

/** Any finite number will do: the twin's values give way to 0 with room for every float. Integers stay what they are. */
function anyFinite(trial: Trial): Trial {
  for (const [name, out] of Object.entries(trial.want)) {
    if (trial.types[name] !== "f32") continue;
    out.value.fill(0);
    out.magnitude.fill(0);
    out.terms.fill(1);
    out.granted.fill(1e300);
  }
  return trial;
}

const device = await Device.open();
const test = suite("edges");

for (const [name, list] of Object.entries(cases)) {
  const proof = proofs.find((p) => p.op.name === name) ?? activationProof;
  test(`${name}: finite in, finite out`, async () => {
    assert.is(proof.op.name, name);
    for (const [c, item] of list.entries()) {
      const run = new CaseRun(proof, item, { integers: false, round: true }, 1);
      const choices = [...proof.op.forward, ...proof.op.backward];
      const trials = choices.flatMap((choice) => run.run(choice, [choice.plain], `edges ${c}`).map(anyFinite));
      for (const { name: at, before } of trials)
        for (const [input, values] of Object.entries(before))
          assert.ok(
            values.every((v) => Math.abs(v) <= LARGEST),
            `${at}: ${input} is not finite to begin with`,
          );
      const failures = (await runTrials(device, trials)).flatMap((r) => r.failure ?? []);
      assert.equal(failures, [], JSON.stringify(item.attrs));
    }
  });
}

for (const [name, inputs] of Object.entries(rowsOf)) {
  const proof = proofs.find((p) => p.op.name === name) ?? activationProof;
  test(`${name}: a NaN in a row shows in its loss and in no other`, async () => {
    assert.is(proof.op.name, name);
    const shapes = Object.fromEntries(proof.op.inputs.map((input) => [input, proof.cases[2].shapes[input]]));
    for (const input of inputs)
      for (const at of [0, -1]) {
        const draw = { ...proof.cases[2].draw };
        const length = shapes[input].reduce((n, d) => n * d, 1);
        const plain = draw[input] ?? ((r) => r.normal());
        draw[input] = (r, i) => (i === (at + length) % length ? Number.NaN : plain(r, i));
        const run = new CaseRun(proof, { ...proof.cases[2], draw }, { integers: false, round: true }, 1);
        const trials = proof.op.forward.flatMap((choice) => run.run(choice, [choice.plain], `NaN in ${input}[${at}]`));
        for (const out of trials.flatMap(({ want }) => Object.values(want))) {
          out.magnitude.fill(0);
          out.granted.fill(1e300);
        }
        const failures = (await runTrials(device, trials)).flatMap((r) => r.failure ?? []);
        assert.equal(failures, []);
      }
  });
}

test("every loss is among them", () => {
  const losses = proofs.filter(({ op }) =>
    op.backward.some((choice) => choice.plain.bindings.some((b) => b.name === "dloss" || b.name === "dkl")),
  );
  assert.equal(
    losses.map((p) => p.op.name).filter((name) => !cases[name]),
    [],
  );
});

test.run();
