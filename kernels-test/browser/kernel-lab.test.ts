import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { objections, overflow, shoot, withDemo } from "./demo.js";
import { until } from "./page.js";

const test = suite("kernel lab");

const text = (page: Page, selector: string): Promise<string> =>
  page.locator(selector).evaluate((element) => (element as HTMLElement).innerText);

/** Waits until the lab rests again after so many kernels. */
async function rests(page: Page, kernels: number): Promise<void> {
  const said = await until(
    page,
    () =>
      / ran, /.test(document.getElementById("status")?.textContent ?? "") &&
      document.getElementById("status")?.innerText,
    120,
  );
  assert.is(said, kernels === 1 ? "1 kernel ran, all are right." : `${kernels} kernels ran, all are right.`);
}

/** Shows the lines whose name holds a text, and runs them one by one. */
async function press(page: Page, kernels: readonly string[]): Promise<void> {
  for (const kernel of kernels) await page.getByRole("button", { name: `Run ${kernel}`, exact: true }).click();
  await until(page, () => !/ ran, /.test(document.getElementById("status")?.innerText ?? " ran, "), 10);
}

const line = (kernel: string): string => `[id="${kernel}"]`;

test("one kernel by its address, by keyboard, an op, a stop; all of it told, copied and in reach", () =>
  withDemo(
    "kernel-lab",
    async ({ page, complaints }) => {
      await rests(page, 1);
      const told = await text(page, line("activation/grad-x"));
      assert.match(told, /(\d+) of \1 passed/);
      assert.match(told, /error\s+\d+ % of its bound/);
      assert.match(told, /arithmetic\s+[\d.]+ GFLOP\/s/);
      assert.match(told, /memory\s+[\d.]+ GB\/s/);
      assert.match(await text(page, "#gpu"), /SwiftShader/i);
      assert.is(await page.locator(line("activation/grad-x")).getAttribute("aria-current"), "true");
      for (const width of [390, 1280])
        for (const colorScheme of ["light", "dark"] as const) {
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia({ colorScheme });
          assert.equal(await overflow(page), [], `at ${width} pixels`);
          assert.equal(await objections(page), [], colorScheme);
        }

      // By keyboard alone: the second of three lines.
      await page.locator("#filter").focus();
      await page.keyboard.type("mse/");
      assert.match(await text(page, "#shown"), /^3 of \d+ kernels$/);
      for (const key of ["Tab", "Tab", "Tab", "Tab", "Enter"]) await page.keyboard.press(key);
      assert.match(page.url(), /#mse\/grad-x$/);
      await until(page, () => document.querySelectorAll(".verdict").length === 2, 60);
      await rests(page, 2);
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.locator("#copy").press("Enter");
      await until(page, () => /copied/.test(document.getElementById("status")?.textContent ?? ""), 10);
      const json = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
      assert.equal([json.passed, json.failed, json.kernels.length], [2, 0, 2]);
      const kernel = json.kernels[1];
      assert.equal([kernel.op, kernel.kernel, kernel.failed], ["mse", "mse/grad-x", 0]);
      assert.ok(kernel.passed > 0 && kernel.worst.ratio > 0 && kernel.worst.ratio < 1);
      assert.ok(kernel.time.ms > 0 && kernel.time.gflops > 0 && kernel.time.gbs > 0);
      assert.ok(json.adapter.name.length > 0 && json.limits.maxBufferSize > 0 && /timestamps|wall/.test(json.clock));

      // An address that is none is told; a whole op by its own.
      const go = (hash: string): Promise<void> =>
        page.evaluate((hash) => {
          location.hash = hash;
        }, hash);
      await go("#linear/forwards");
      await until(page, () => document.getElementById("error")?.hidden === false, 5);
      assert.match(await text(page, "#error"), /^There is no kernel "linear\/forwards"\. Choose one of the list/);
      await go("#scale");
      await until(page, () => document.querySelectorAll(".verdict").length === 4, 60);
      await rests(page, 4);
      assert.is(await page.isHidden("#error"), true);

      // What waits behind the one that runs is given up.
      await page.fill("#filter", "");
      await press(page, ["add/forward", "mul/forward", "slice/forward"]);
      await page.locator("#stop").click();
      await until(page, () => (document.getElementById("stop") as HTMLButtonElement).disabled, 60);
      assert.ok((await page.locator(".verdict").count()) < 7);
      await page.fill("#filter", "grad-x");
      await shoot(page, "kernel-lab");
      assert.equal(complaints, []);
    },
    { at: "#activation/grad-x" },
  ));

test("without WebGPU one sentence says so, and the list stays", () =>
  withDemo(
    "kernel-lab",
    async ({ page, complaints }) => {
      await until(page, () => document.getElementById("error")?.hidden === false, 30);
      assert.match(
        await text(page, "#error"),
        /^(This browser has no WebGPU: |The browser has WebGPU but no GPU for it\.)/,
      );
      assert.ok((await page.locator(".kernel").count()) > 60);
      assert.is(await page.locator("#run").isEnabled(), true);
      assert.equal(complaints, []);
    },
    { at: "#mse/forward", without: ["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--use-vulkan=swiftshader"] },
  ));

test.run();
