import { suite } from "uvu";
import * as assert from "uvu/assert";
import { until, withPages } from "./page.js";

interface Global {
  readonly done?: boolean;
  readonly results?: readonly { readonly name: string; readonly found: string }[];
}

const { results, complaints } = await withPages("test/pages", async (open) => {
  const { page, complaints } = await open("pictures.html");
  await until(page, () => (globalThis as Global).done, 120);
  return { results: (await page.evaluate(() => (globalThis as Global).results)) ?? [], complaints };
});

const test = suite("pictures on a canvas");

test("every view shows the pixels that the numbers read back give, but for the last of 255 steps", () => {
  assert.equal(
    results.map(({ name, found }) => `${name}: ${found}`),
    ["decode", "one large", "reconstruct", "reconstruct alone", "scatter", "codes", "picture"].map(
      (name) => `${name}: 0 beyond 1, drawn`,
    ),
  );
});

test("without a complaint", () => {
  assert.equal(complaints, []);
});

test.run();
