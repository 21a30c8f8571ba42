import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawSprites } from "../src/data/sprites.js";
import { InputError } from "../src/errors.js";
import { disentanglement } from "../src/evaluate/disentanglement.js";
import { LatentSurvey, mutualInformation } from "../src/evaluate/survey.js";
import { RandomStream, streams } from "../src/random/philox.js";

const test = suite("disentanglement");
const near = (a: number, b: number, tolerance: number): void =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} and ${b}`);

/** All pairs of a of 4 and b of 3 values, 10 times. */
const rows = 120;
const factors = Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? (i >> 1) % 4 : ((i >> 1) >> 2) % 3));
const latents = (of: (a: number, b: number) => readonly number[]): Float32Array =>
  Float32Array.from(Array.from({ length: rows }, (_, n) => of(factors[2 * n], factors[2 * n + 1])).flat());

test("a latent to each factor: both gaps are 1, and the latent is named", () => {
  const found = disentanglement(
    latents((a, b) => [0, 3 - 2 * b, 5 * a]),
    3,
    factors,
    ["a", "b"],
  );
  near(found.mig, 1, 1e-12);
  near(found.sap, 1, 1e-12);
  assert.equal(
    found.factors.map(({ name, latent }) => [name, latent]),
    [
      ["a", 2],
      ["b", 1],
    ],
  );
});

test("gaps by hand: a twin of a latent closes them, half a factor leaves half", () => {
  const twins = disentanglement(
    latents((a) => [a, -a]),
    2,
    factors,
    ["a", "b"],
  );
  near(twins.mig, 0, 1e-12);
  near(twins.sap, 0, 1e-12);
  // Whether a is above 1 is one of its two bits; as a line 0, 0, 1, 1 explains 0.8 of the variance of 0, 1, 2, 3.
  const half = disentanglement(
    latents((a) => [a > 1 ? 1 : 0, 0]),
    2,
    factors,
    ["a", "b"],
  );
  near(half.factors[0].mig, 0.5, 1e-12);
  near(half.factors[0].sap, 0.8, 1e-12);
  near(half.factors[1].mig, 0, 1e-12);
});

test("a factor without an order is explained by its classes", () => {
  // 0, 9, 0, 9 over a = 0, 1, 2, 3: no line, and every class its mean.
  const values = latents((a) => [a % 2 === 0 ? 0 : 9, 0]);
  const line = disentanglement(values, 2, factors, ["a", "b"]);
  const classes = disentanglement(values, 2, factors, ["a", "b"], (f) => f === 0);
  near(line.factors[0].sap, 0.2, 1e-12);
  near(classes.factors[0].sap, 1, 1e-12);
  assert.throws(
    () => disentanglement(values, 2, factors.subarray(2), ["a", "b"]),
    (e: Error) => e instanceof InputError,
  );
});

test("what a latent tells of its image: nothing, one of two, and at most the log of the rows", () => {
  const row = (mu: number, logVar: number): number[] => [mu, 0, logVar, 0];
  near(
    mutualInformation(
      Array.from({ length: 50 }, () => row(0.3, 0)),
      2,
      1,
    ),
    0,
    1e-9,
  );
  const apart = Array.from({ length: 50 }, (_, i) => row(i % 2 === 0 ? -100 : 100, -4));
  near(mutualInformation(apart, 2, 1), Math.LN2, 1e-9);
  const all = Array.from({ length: 50 }, (_, i) => row(100 * i, -4));
  near(mutualInformation(all, 2, 1), Math.log(50), 1e-9);
});

test("what it tells of Gaussians is 0.5 log(1 + the prior's variance over the posterior's)", () => {
  const random = new RandomStream(4, streams.test);
  const drawn = Array.from({ length: 1500 }, () => [2 * random.normal(), Math.log(0.25)]);
  near(mutualInformation(drawn, 1, 0), 0.5 * Math.log(1 + 4 / 0.25), 0.06);
});

test("a survey of sprites takes mu of its rows and knows the shape for a class", () => {
  const data = drawSprites(300);
  const survey = new LatentSurvey(5, true);
  // The factors themselves as mu, in two helpings.
  const stats = new Float32Array(300 * 10);
  for (let n = 0; n < 300; n++) stats.set(data.factors.subarray(5 * n, 5 * n + 5), 10 * n);
  survey.add(stats.subarray(0, 1000));
  survey.add(stats.subarray(1000));
  const { disentanglement: found, mutualInformation: told } = survey.measures(data, 0);
  assert.equal(
    found?.factors.map(({ name, latent }) => [name, latent]),
    data.factorNames.map((name, f) => [name, f]),
  );
  assert.ok((found?.mig ?? 0) > 0.6 && (found?.sap ?? 0) > 0.9, JSON.stringify(found));
  assert.ok((told ?? 0) > 0);
});

test.run();
