import { readdirSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { objections, overflow, shoot, withDemo } from "./demo.js";
import { dist } from "./page.js";

const test = suite("front page");
const names = readdirSync(join(dist, "demos"), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const found = await withDemo(".", async ({ page, complaints }) => {
  const links = await page.evaluate(() => [...document.querySelectorAll("main a")].map((a) => a.getAttribute("href")));
  const axe = await objections(page);
  await shoot(page, "front");
  await page.setViewportSize({ width: 390, height: 900 });
  return { links, axe, overflow: await overflow(page), complaints };
});

test("leads to every demo", () => {
  assert.ok(names.length >= 4);
  assert.equal(
    names.filter((name) => !found.links.includes(`${name}/`)),
    [],
  );
});

test("nothing that axe objects to, nothing cut at a phone's width, no complaint", () => {
  assert.equal([found.axe, found.overflow, found.complaints], [[], [], []]);
});

test.run();
