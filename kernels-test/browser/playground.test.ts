import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawGlyphs } from "../../src/data/glyphs.js";
import { decodeRun } from "../../src/train/run-files.js";
import { longTasks, objections, overflow, picture, shoot, withDemo } from "./demo.js";
import { until } from "./page.js";

const test = suite("playground");
const canvases = ["point", "samples", "rows", "manifold", "map"];

/** Moves a slider by its label. */
const slide = (page: Page, label: string, value: number): Promise<void> =>
  page.getByRole("slider", { name: label, exact: true }).fill(String(value));

const stepOf = (page: Page, least: string): Promise<string> =>
  page
    .evaluate((n) => {
      (globalThis as { least?: number }).least = Number(n);
    }, least)
    .then(() =>
      until(
        page,
        () => {
          const text = document.getElementById("status")?.textContent ?? "";
          return Number(/^Step (\d+)/.exec(text)?.[1] ?? 0) >= ((globalThis as { least?: number }).least ?? 0) && text;
        },
        60,
      ),
    );

/** An IDX file of images, or of labels. */
function idx(values: Uint8Array, ...shape: number[]): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, 8, shape.length]);
  for (const [i, n] of shape.entries()) head.writeUInt32BE(n, 4 + 4 * i);
  return Buffer.concat([head, values]);
}

const found: Record<string, unknown> = {};
const folder = mkdtempSync(join(tmpdir(), "latentgpu-playground-"));
await withDemo("playground", async ({ page, complaints }) => {
  await page.selectOption("#data", "1000");
  await slide(page, "Latent dimensions", 4);
  await slide(page, "Hidden units", 64);
  await page.click("#start");
  await page.click("#anew");
  await page.click("#anew");
  found.status = await stepOf(page, "20");
  await until(page, () => document.querySelectorAll("#dims input").length === 4, 5);
  const since = await page.evaluate(() => performance.now());
  found.drawn = [];
  for (const id of canvases) (found.drawn as unknown[]).push([id, (await picture(page, id)).colours > 3]);

  // Drag: the marker, the sliders and the picture follow.
  const before = await picture(page, "point");
  const box = await page.locator("#map-pad").boundingBox();
  if (!box) throw new Error("the map has no place");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.25, { steps: 8 });
  await page.mouse.up();
  await page.waitForTimeout(400);
  found.dragged = await page.evaluate(() =>
    [...document.querySelectorAll("#dims output")].map((output) => Number(output.textContent)),
  );
  found.followed = (await picture(page, "point")).sum !== before.sum;
  await page.locator("#manifold-pad").press("ArrowLeft");
  await slide(page, "Dimension 4", -2);
  found.keyed = await page.evaluate(() =>
    [...document.querySelectorAll("#dims output")].map((output) => Number(output.textContent)),
  );
  found.long = await longTasks(page, since, 50);
  found.axe = await objections(page);
  await page.setViewportSize({ width: 390, height: 900 });
  found.overflow = await overflow(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  await shoot(page, "playground");

  await page.click("#start");
  found.paused = await page.textContent("#start");
  const kept: Record<string, Uint8Array> = {};
  page.on("download", async (download) => {
    const path = join(folder, download.suggestedFilename());
    await download.saveAs(path);
    kept[download.suggestedFilename()] = readFileSync(path);
  });
  await page.click("#save");
  await page.click("#share");
  for (let i = 0; i < 100 && Object.keys(kept).length < 4; i++) await page.waitForTimeout(100);
  found.kept = Object.keys(kept).sort();
  const { config, state } = decodeRun(kept);
  found.run = [config.model.kind, (state?.step ?? 0) >= 20];

  // The run again, as files that are dropped.
  const names = ["config.json", "model.safetensors", "state.safetensors"];
  await page.setInputFiles(
    "#files",
    names.map((name) => join(folder, name)),
  );
  await until(page, () => document.getElementById("start")?.textContent === "Go on", 20);
  await page.click("#start");
  found.resumed = await stepOf(page, String((state?.step ?? 0) + 1));

  // Images of one's own, by drag and drop.
  const { values, labels } = drawGlyphs(40);
  const dropped = [
    ["images", idx(values as Uint8Array, 40, 28, 28).toString("base64")],
    ["labels", idx(Uint8Array.from(labels as Uint32Array), 40).toString("base64")],
  ];
  await page.evaluate((files) => {
    const data = new DataTransfer();
    for (const [name, text] of files)
      data.items.add(new File([Uint8Array.from(atob(text as string), (c) => c.charCodeAt(0))], name as string));
    document.getElementById("drop")?.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
  }, dropped);
  found.own = await until(
    page,
    () => document.querySelector("#data option:checked")?.textContent?.includes("40") && "40",
    10,
  );
  await stepOf(page, "5");
  found.error = await page.isVisible("#error");

  // The shared page, from the disk.
  const shared = await (page.context().browser() as Browser).newPage();
  shared.on("console", (message) => message.type() === "error" && (complaints as string[]).push(message.text()));
  await shared.goto(`file://${join(folder, "latentgpu-vae.html")}`);
  found.shared = await until(
    shared,
    () => {
      const text =
        document.getElementById("status")?.textContent + (document.getElementById("error")?.textContent ?? "");
      return !text.startsWith("Getting") && text;
    },
    60,
  );
  await shared.getByRole("slider", { name: "Dimension 2" }).fill("1.5");
  await shared.waitForTimeout(500);
  await shoot(shared, "shared");
  await page.close();
  found.complaints = complaints;
});
rmSync(folder, { recursive: true });

test("trains, and draws every view as it does", () => {
  assert.match(String(found.status), /^Step \d+: reconstruction [\d.]+, KL [\d.]+$/);
  assert.equal(
    found.drawn,
    canvases.map((id) => [id, true]),
  );
});

test("the point follows pointer, keys and sliders, and the decoder follows the point", () => {
  const [x, y] = found.dragged as number[];
  assert.ok(Math.abs((x as number) - 2) < 0.1 && Math.abs((y as number) - 2) < 0.1, `${found.dragged}`);
  assert.ok(found.followed);
  const [left, , , fourth] = found.keyed as number[];
  assert.ok((left as number) < (x as number) && fourth === -2, `${found.keyed}`);
});

test("no task of the main thread takes over 50 ms while it trains", () => {
  assert.equal(found.long, []);
});

test("a run is kept and gone on with, one's own images are trained on", () => {
  assert.is(found.paused, "Go on");
  assert.equal(found.kept, ["config.json", "latentgpu-vae.html", "model.safetensors", "state.safetensors"]);
  assert.equal(found.run, ["vae", true]);
  assert.match(String(found.resumed), /^Step \d+/);
  assert.is(found.own, "40");
  assert.not(found.error);
});

test("the shared page works from a disk", () => {
  assert.match(String(found.shared), /^[\d,]+ weights, on /);
});

test("nothing that axe objects to, nothing cut at a phone's width, no complaint", () => {
  assert.equal(found.axe, []);
  assert.equal(found.overflow, []);
  assert.equal(found.complaints, []);
});

test.run();
