import { suite } from "uvu";
import * as assert from "uvu/assert";
import { changed, objections, overflow, shoot, withDemo } from "./demo.js";
import { until } from "./page.js";

const test = suite("code-painter");
const found: Record<string, unknown> = {};
await withDemo("code-painter", async ({ page, complaints }) => {
  await page.selectOption("#data", "1000");
  await page.getByRole("slider", { name: "Codes" }).fill("16");
  await page.getByRole("slider", { name: "Channels" }).fill("8");
  await page.click("#start");
  found.usage = await until(
    page,
    () => {
      const text = document.getElementById("usage")?.textContent ?? "";
      return (
        /^\d+ of 16 codes/.test(text) &&
        Number(/^Step (\d+)/.exec(document.getElementById("status")?.textContent ?? "")?.[1] ?? 0) >= 80 &&
        text
      );
    },
    60,
  );
  await page.click("#start");
  await page.click("#another");
  const states: number[][] = [];
  const sums = (): Promise<number[]> => changed(page, ["map", "picture"], states.at(-1));
  await page.waitForTimeout(1000);
  states.push(await sums());
  const map = await page.locator("#map-pad").boundingBox();
  if (!map) throw new Error("the map has no place");
  await page.getByRole("radio", { name: "Code 3", exact: true }).click();
  await page.mouse.move(map.x + 0.2 * map.width, map.y + 0.2 * map.height);
  await page.mouse.down();
  await page.mouse.move(map.x + 0.8 * map.width, map.y + 0.8 * map.height, { steps: 6 });
  await page.mouse.up();
  states.push(await sums());
  await page.getByRole("radio", { name: "Code 3", exact: true }).press("ArrowRight");
  found.chosen = await page.locator('[aria-checked="true"]').getAttribute("aria-label");
  await page.locator("#map-pad").press("ArrowLeft");
  await page.locator("#map-pad").press("Space");
  states.push(await sums());
  found.states = states;
  await page.click("#train-prior");
  found.prior = await until(
    page,
    () => {
      const text = document.getElementById("prior-status")?.textContent ?? "";
      return Number(/^Step (\d+)/.exec(text)?.[1] ?? 0) >= 5 && text;
    },
    60,
  );
  await page.click("#draw");
  await until(page, () => !(document.getElementById("draw") as HTMLButtonElement).disabled, 60);
  found.drawn = await sums();
  found.axe = await objections(page);
  await shoot(page, "code-painter");
  await page.setViewportSize({ width: 390, height: 900 });
  found.overflow = await overflow(page);
  found.error = (await page.isVisible("#error")) && (await page.textContent("#error"));
  found.complaints = complaints;
});

test("trains, and tells how the codes are used", () => {
  assert.match(String(found.usage), /^\d+ of 16 codes in use on 64 images, as evenly as [\d.]+ would be\.$/);
});

test("painting by pointer and by keyboard changes the map, and the picture follows", () => {
  const states = found.states as number[][];
  assert.is(found.chosen, "Code 4");
  for (const k of [0, 1]) assert.is(new Set(states.map((state) => state[k])).size, 3, `picture ${k}: ${states}`);
});

test("a prior is trained on the codes, and draws a map of its own", () => {
  assert.match(String(found.prior), /^Step \d+: [\d.]+ bits a code$/);
  const states = found.states as number[][];
  const drawn = found.drawn as number[];
  assert.is.not(drawn[0], states.at(-1)?.[0]);
  assert.is.not(drawn[1], states.at(-1)?.[1]);
});

test("nothing that axe objects to, nothing cut at a phone's width, no complaint", () => {
  assert.is(found.error, false);
  assert.equal(found.axe, []);
  assert.equal(found.overflow, []);
  assert.equal(found.complaints, []);
});

test.run();
