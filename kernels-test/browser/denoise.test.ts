import { suite } from "uvu";
import * as assert from "uvu/assert";
import { changed, objections, overflow, shoot, withDemo } from "./demo.js";
import { until } from "./page.js";

const test = suite("denoise");
const found: Record<string, unknown> = {};
await withDemo("denoise", async ({ page, complaints }) => {
  await page.selectOption("#data", "1000");
  await page.getByRole("slider", { name: "Hidden units" }).fill("64");
  await page.click("#start");
  found.status = await until(
    page,
    () => {
      const text = document.getElementById("status")?.textContent ?? "";
      return Number(/^Step (\d+)/.exec(text)?.[1] ?? 0) >= 30 && text;
    },
    60,
  );
  const ids = ["drawn", "denoised", "masked"];
  const sums = (): Promise<number[]> => changed(page, ids, states.at(-1));
  await page.click("#start");
  await page.click("#clear");
  const states: number[][] = [];
  await page.waitForTimeout(1000);
  states.push(await sums());
  const box = await page.locator("#sketch").boundingBox();
  if (!box) throw new Error("the sketch has no place");
  const at = (x: number, y: number): [number, number] => [box.x + box.width * x, box.y + box.height * y];
  await page.mouse.move(...at(0.4, 0.2));
  await page.mouse.down();
  await page.mouse.move(...at(0.5, 0.8), { steps: 10 });
  await page.mouse.up();
  states.push(await sums());
  await page.click("#noise");
  states.push(await sums());
  await page.click("#rubber");
  await page.mouse.click(...at(0.45, 0.45));
  states.push(await sums());
  await page.click("#pen");
  await page.locator("#sketch").press("ArrowUp");
  await page.locator("#sketch").press("Space");
  states.push(await sums());
  found.states = states;
  await page.click("#digit");
  await page.click("#rubber");
  await page.mouse.click(...at(0.6, 0.4));
  await page.click("#start");
  found.axe = await objections(page);
  await shoot(page, "denoise");
  await page.setViewportSize({ width: 390, height: 900 });
  found.overflow = await overflow(page);
  found.error = await page.isVisible("#error");
  found.complaints = complaints;
});

test("both models train, and say so", () => {
  assert.match(String(found.status), /^Step \d+: denoising [\d.]+, masked [\d.]+$/);
});

test("a stroke, noise, a patch that is rubbed out, a dot by keyboard: each changes the drawing and both repairs", () => {
  const states = found.states as number[][];
  for (const k of [0, 1, 2]) assert.is(new Set(states.map((state) => state[k])).size, 5, `picture ${k}: ${states}`);
});

test("nothing that axe objects to, nothing cut at a phone's width, no complaint", () => {
  assert.not(found.error);
  assert.equal(found.axe, []);
  assert.equal(found.overflow, []);
  assert.equal(found.complaints, []);
});

test.run();
