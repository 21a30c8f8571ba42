import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Result } from "./collect.js";
import { dist, until, withPages } from "./page.js";

/** What a page of tests leaves. */
interface Global {
  readonly done?: boolean;
  readonly results?: readonly Result[];
}

/** Suites of kernels-test that use a device and nothing of Node: the same files, in a page. */
const names = JSON.parse(readFileSync(join(dist, "test/pages/suites.json"), "utf8")) as string[];

interface Run {
  readonly name: string;
  readonly results: readonly Result[];
  readonly complaints: readonly string[];
  readonly fault: string | undefined;
}

// All pages first: uvu begins as soon as it has a suite to run.
const runs = await withPages("test/pages", async (open) => {
  const done: Run[] = [];
  for (const name of names) {
    const { page, complaints } = await open(`suite-${name}.html`);
    const fault = await until(page, () => (globalThis as Global).done, 900).then(
      () => undefined,
      (error: Error) => error.message,
    );
    const results = await page.evaluate(() => (globalThis as Global).results ?? []);
    await page.close();
    done.push({ name, results, complaints, fault });
  }
  return done;
});

for (const { name, results, complaints, fault } of runs) {
  // One of our tests for each of the page's, under its name.
  const test = suite(`${name} in a page`);
  for (const result of results)
    test(`${result.suite}: ${result.test}`, () => {
      if (result.error !== undefined) throw new Error(result.error);
    });
  test("runs the same tests as in Node, without a complaint", async () => {
    assert.is(fault, undefined);
    assert.equal(complaints, []);
    const { titles } = (await import(join(dist, `test/pages/titles-${name}.mjs`))) as { titles: () => string[] };
    const there = results.map((r) => `${r.suite}: ${r.test}`);
    assert.equal(there, titles());
    assert.ok(there.length > 0);
    const seconds = results.reduce((sum, { ms }) => sum + ms / 1000, 0);
    console.log(`\ntold: ${name}: ${there.length} tests in a page and the same in Node, ${seconds.toFixed(0)} s`);
  });
  test.run();
}
