import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { objections, overflow, shoot, withDemo } from "./demo.js";
import { until } from "./page.js";

const test = suite("kernel lab");

/** Runs work on the lab's page at a place of it; it must leave nothing to complain of. */
const inLab = (at: string, work: (page: Page) => Promise<void>, without: readonly string[] = []): Promise<void> =>
  withDemo(
    "kernel-lab",
    async ({ page, complaints }) => {
      await work(page);
      assert.equal(complaints, []);
    },
    { at, without },
  );

const text = (page: Page, selector: string): Promise<string> =>
  page.locator(selector).evaluate((element) => (element as HTMLElement).innerText);

/** Waits until the lab rests again. */
const rests = (page: Page, seconds = 120): Promise<boolean> =>
  until(page, () => /ran, /.test(document.getElementById("status")?.textContent ?? ""), seconds);

const line = '[id="linear/grad-w"]';

test("an address runs one kernel: its result, its error against its bound, its speed", () =>
  inLab("#linear/grad-w", async (page) => {
    await rests(page);
    assert.match(await text(page, "#status"), /^1 kernel ran, all are right\.$/);
    const told = await text(page, line);
    assert.match(told, /(\d+) of \1 passed/);
    assert.match(told, /error\s+\d+ % of its bound/);
    assert.match(told, /arithmetic\s+[\d.]+ GFLOP\/s/);
    assert.match(told, /memory\s+[\d.]+ GB\/s/);
    assert.match(await text(page, "#gpu"), /SwiftShader/i);
    assert.is(await page.locator(line).getAttribute("aria-current"), "true");
  }));

test("by keyboard alone: filter, run, copy as JSON", () =>
  inLab("", async (page) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.locator("#filter").focus();
    await page.keyboard.type("mse/");
    assert.match(await text(page, "#shown"), /^3 of \d+ kernels$/);
    for (const key of ["Tab", "Tab", "Enter"]) await page.keyboard.press(key);
    await rests(page);
    assert.match(page.url(), /#mse\/forward$/);
    await page.locator("#copy").press("Enter");
    await until(page, () => /copied/.test(document.getElementById("status")?.textContent ?? ""), 10);
    const json = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    assert.equal([json.passed, json.failed, json.kernels.length], [1, 0, 1]);
    const [kernel] = json.kernels;
    assert.equal([kernel.op, kernel.kernel, kernel.failed], ["mse", "mse/forward", 0]);
    assert.ok(kernel.passed > 0 && kernel.worst.ratio > 0 && kernel.worst.ratio < 1);
    assert.ok(kernel.time.ms > 0 && kernel.time.gflops > 0 && kernel.time.gbs > 0);
    assert.ok(json.adapter.name.length > 0 && json.limits.maxBufferSize > 0 && /timestamps|wall/.test(json.clock));
  }));

test("an op runs whole; a name that is none is told, and the page goes on", () =>
  inLab("#mse", async (page) => {
    await rests(page);
    assert.match(await text(page, "#status"), /^3 kernels ran, all are right\.$/);
    await page.evaluate(() => {
      location.hash = "#linear/forwards";
    });
    await until(page, () => document.getElementById("error")?.hidden === false, 5);
    assert.match(await text(page, "#error"), /^There is no kernel "linear\/forwards"\. Choose one of the list/);
    await page.locator('[id="scale/forward"] button').click();
    await until(page, () => /^4 kernels ran/.test(document.getElementById("status")?.textContent ?? ""), 60);
    assert.is(await page.locator("#error").isHidden(), true);
  }));

test("stops between two ops", () =>
  inLab("", async (page) => {
    await page.locator("#run").click();
    await until(page, () => document.querySelectorAll(".verdict").length > 0, 120);
    await page.locator("#stop").click();
    await rests(page);
    const ran = await page.locator(".verdict").count();
    assert.ok(ran > 0 && ran < 60, `${ran} kernels ran`);
    assert.is(await page.locator("#stop").isDisabled(), true);
  }));

test("nothing is cut at 390 and at 1280 pixels, light and dark, and nothing is out of reach", () =>
  inLab("#activation", async (page) => {
    await rests(page);
    for (const width of [390, 1280])
      for (const colorScheme of ["light", "dark"] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        assert.equal(await overflow(page), [], `at ${width} pixels`);
        assert.equal(await objections(page), [], colorScheme);
      }
    await page.locator("#filter").fill("activation");
    await shoot(page, "kernel-lab");
  }));

test("without WebGPU one sentence says so, and the list stays", () =>
  inLab(
    "#mse/forward",
    async (page) => {
      await until(page, () => document.getElementById("error")?.hidden === false, 30);
      assert.match(
        await text(page, "#error"),
        /^(This browser has no WebGPU: |The browser has WebGPU but no GPU for it\.)/,
      );
      assert.ok((await page.locator(".kernel").count()) > 60);
      assert.is(await page.locator("#run").isEnabled(), true);
    },
    ["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--use-vulkan=swiftshader"],
  ));

test.run();
