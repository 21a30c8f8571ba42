import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Device } from "../src/gpu/device.js";
import { calculusErrors } from "./calculus.js";
import { proofs } from "./ref/index.js";
import { runTrials } from "./run-trials.js";
import { trialsOf } from "./trials.js";

const device = await Device.open();

/** Checks 1 to 7 of an op, one loop over the op table; 8 is house.test, 9 is golden.test. */
const only = process.env.LATENTGPU_OPS?.split(",");
for (const proof of proofs.filter((p) => !only || only.includes(p.op.name))) {
  const test = suite(proof.op.name);
  test("forward and backward kernels agree with their twins", async () => {
    const results = await runTrials(device, trialsOf(proof, device.profile));
    const failures = results.flatMap((r) => r.failure ?? []);
    assert.equal(failures, []);
    assert.ok(results.length >= 3);
  });
  test("backward twins are the derivative of the forward twins", () => {
    proof.cases.forEach((_, c) => {
      for (const error of calculusErrors(proof, c)) assert.ok(error <= 1e-6, `case ${c}: relative error ${error}`);
    });
  });
  test.run();
}
