import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { crc32 } from "../../src/formats/crc32.js";
import { encodePng } from "../../src/formats/png.js";
import type { RunConfig } from "../../src/train/config.js";
import { train } from "../../src/train/platform/node.js";
import { presetConfig } from "../../src/train/presets.js";
import { withDemo } from "./demo.js";
import { until } from "./page.js";

const test = suite("the playground when something goes wrong");

/** Drops files on the page. */
const drop = (page: Page, files: Readonly<Record<string, Uint8Array>>): Promise<void> =>
  page.evaluate(
    (files) => {
      const data = new DataTransfer();
      for (const [name, text] of files)
        data.items.add(
          new File([Uint8Array.from(atob(text as string), (letter) => letter.charCodeAt(0))], name as string),
        );
      document.getElementById("drop")?.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
    },
    Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]),
  );

/** The sentence that the page shows next. */
async function sentence(page: Page, cause: () => Promise<unknown>): Promise<string> {
  await page.evaluate(() => {
    (document.getElementById("error") as HTMLElement).hidden = true;
  });
  await cause();
  return until(
    page,
    () => {
      const error = document.getElementById("error");
      return !error?.hidden && error?.textContent;
    },
    30,
  );
}

/** Waits for so many steps more than now. */
async function trains(page: Page, more: number): Promise<void> {
  const step = (): Promise<number> =>
    page.evaluate(() => Number(/^Step (\d+)/.exec(document.getElementById("status")?.textContent ?? "")?.[1] ?? 0));
  const from = await step();
  for (let i = 0; i < 1200; i++) {
    if ((await step()) >= from + more) return;
    await page.waitForTimeout(100);
  }
  throw new Error(`no ${more} steps from step ${from} on within 2 minutes`);
}

async function start(page: Page): Promise<void> {
  await page.selectOption("#data", "1000");
  await page.getByRole("slider", { name: "Hidden units", exact: true }).fill("32");
  await page.click("#start");
  await trains(page, 30);
}

test("files that are none are one sentence each, and training goes on under it", () =>
  withDemo("playground", async ({ page, complaints }) => {
    await start(page);
    const wide = await encodePng({ width: 2, height: 2, channels: 1, data: new Uint8Array(4) });
    const view = new DataView(wide.buffer, wide.byteOffset);
    view.setUint32(16, 8000);
    view.setUint32(20, 500);
    view.setUint32(29, crc32(wide.subarray(12, 29)));
    const text = new TextEncoder().encode("Dear page, this is no picture.");
    const config: RunConfig = { ...presetConfig("seed/vae-20"), data: "builtin:glyphs?rows=1000", steps: 1 };
    const run = await train(config, { adapter: "swiftshader" }).done;
    const half = (name: keyof typeof run) => ({ ...run, [name]: run[name].subarray(0, run[name].length / 2) });
    const cases: readonly (readonly [Readonly<Record<string, Uint8Array>>, RegExp])[] = [
      [{ "letter.txt": text }, /letter\.txt/],
      [{ "wide.png": wide }, /^wide\.png has 8000 x 500 pixels; .+\.$/],
      [{ "torn.png": wide.subarray(0, 20) }, /^torn\.png is no whole PNG picture; save it again\.$/],
      [half("config.json"), /^config\.json is not JSON/],
      [half("state.safetensors"), /^state\.safetensors/],
    ];
    for (const [files, like] of cases) {
      const told = await sentence(page, () => drop(page, files));
      assert.match(told, like);
      assert.match(told, /^[^\n]{20,}\.$/);
      if (!("state.safetensors" in files)) await trains(page, 10);
    }
    // A run that was cut takes the place of the one under way; the next start is as good as ever.
    await page.click("#anew");
    await trains(page, 10);
    assert.equal(complaints, []);
  }));

test("a GPU that is lost at step 30: one line says so, and training goes on", () =>
  withDemo("playground", async ({ page }) => {
    await page.evaluate(() => {
      const lines: string[] = [];
      Object.assign(globalThis, { lines });
      const status = document.getElementById("status") as HTMLElement;
      new MutationObserver(() => lines.push(status.textContent ?? "")).observe(status, { childList: true });
    });
    await start(page);
    const control = await page.context().browser()?.newBrowserCDPSession();
    // It never answers: the process that would is gone.
    control?.send("Browser.crashGpuProcess").catch(() => undefined);
    const told = await until(
      page,
      () => (globalThis as unknown as { lines: string[] }).lines.find((line) => line.startsWith("The GPU was lost")),
      60,
    );
    assert.match(told, /^The GPU was lost at step \d+ \(.+\); going on from step \d+ on a new one\.$/);
    await until(page, () => document.getElementById("status")?.textContent?.startsWith("Step "), 60);
    await trains(page, 10);
    assert.is(await page.isVisible("#error"), false);
  }));

test("without WebGPU one sentence says which browsers have it", () =>
  withDemo(
    "playground",
    async ({ page, complaints }) => {
      const told = await sentence(page, () => page.click("#start"));
      assert.match(told, /^(This browser has no WebGPU: |The browser has WebGPU but no GPU for it\.)/);
      await until(page, () => document.getElementById("start")?.textContent === "Start", 10);
      assert.is(await page.isEnabled("#start"), true);
      assert.equal(complaints, []);
    },
    { without: ["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--use-vulkan=swiftshader"] },
  ));

test.run();
