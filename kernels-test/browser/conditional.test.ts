import { suite } from "uvu";
import * as assert from "uvu/assert";
import { changed, objections, overflow, shoot, withDemo } from "./demo.js";
import { until } from "./page.js";

const test = suite("conditional");
const found: Record<string, unknown> = {};
await withDemo("conditional", async ({ page, complaints }) => {
  await page.selectOption("#data", "1000");
  await page.getByRole("slider", { name: "Hidden units" }).fill("64");
  await page.click("#start");
  found.status = await until(
    page,
    () => {
      const text = document.getElementById("status")?.textContent ?? "";
      return Number(/^Step (\d+)/.exec(text)?.[1] ?? 0) >= 20 && text;
    },
    60,
  );
  await page.click("#start");
  await page.waitForTimeout(1000);
  const one: number[] = [];
  const all: number[] = [];
  const look = async (id: "one" | "all"): Promise<void> => {
    const list = id === "one" ? one : all;
    list.push(...(await changed(page, [id], list.slice(-1))));
  };
  await look("one");
  await look("all");
  await page.getByRole("button", { name: "7", exact: true }).click();
  await look("one");
  const box = await page.locator("#style-pad").boundingBox();
  if (!box) throw new Error("the pad has no place");
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.1, box.y + box.height * 0.9, { steps: 4 });
  await page.mouse.up();
  await look("one");
  await look("all");
  await page.click("#random");
  await look("one");
  await look("all");
  found.one = one;
  found.all = all;
  await page.click("#start");
  found.axe = await objections(page);
  await shoot(page, "conditional");
  await page.setViewportSize({ width: 390, height: 900 });
  found.overflow = await overflow(page);
  found.error = await page.isVisible("#error");
  found.complaints = complaints;
});

test("trains, and says so", () => {
  assert.match(String(found.status), /^Step \d+: reconstruction [\d.]+, KL [\d.]+$/);
});

test("another class changes the picture, another style this and the grid of all classes", () => {
  assert.is(new Set(found.one as number[]).size, 4, `${found.one}`);
  assert.is(new Set(found.all as number[]).size, 3, `${found.all}`);
});

test("nothing that axe objects to, nothing cut at a phone's width, no complaint", () => {
  assert.not(found.error);
  assert.equal(found.axe, []);
  assert.equal(found.overflow, []);
  assert.equal(found.complaints, []);
});

test.run();
