import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { crc32 } from "../../src/formats/crc32.js";
import { encodePng } from "../../src/formats/png.js";
import type { RunConfig } from "../../src/train/config.js";
import { presetConfig } from "../../src/train/presets.js";
import { type Global, loaded, trainInPage } from "./in-page.js";
import { until, withPages } from "./page.js";

const test = suite("what goes wrong in a page is one sentence, and the page stays usable");
const config: RunConfig = { ...presetConfig("seed/vae-20"), data: "builtin:glyphs?rows=200", steps: 3 };

/** A whole small PNG whose header says another size, with the right checksum. */
async function png(width: number, height: number): Promise<Uint8Array> {
  const bytes = await encodePng({ width: 2, height: 2, channels: 1, data: new Uint8Array(4) });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, crc32(bytes.subarray(12, 29)));
  return bytes;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** Runs work in a page that has loaded the library; afterwards the page must still train. */
const usable = <T>(work: (page: Page, crash: () => Promise<void>) => Promise<T>): Promise<T> =>
  withPages("", async (open, browser) => {
    const { page, complaints } = await open("test/pages/library.html");
    await loaded(page);
    const result = await work(page, async () => {
      const control = await browser.newBrowserCDPSession();
      // It never answers: the process that would is gone.
      control.send("Browser.crashGpuProcess").catch(() => undefined);
    });
    assert.is((await trainInPage(page, config)).losses.length, 3);
    assert.equal(complaints, []);
    return result;
  });

function oneSentence(text: string, like: RegExp): void {
  assert.match(text, like);
  assert.match(text, /^true [^\n]{20,}\.$/, "it is not one line of the library's own error that ends as sentences do");
}

test("a file that is no picture, and a picture 8,000 pixels wide", async () => {
  const files = {
    "letter.txt": new TextEncoder().encode("Dear page, this is no picture."),
    "photo.jpg": Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70),
    "half.png": (await png(2, 2)).subarray(0, 40),
    "wide.png": await png(8000, 8000),
    "long.png": await png(8000, 1_000_000),
  };
  const told = await usable((page) =>
    page.evaluate(
      (files) => {
        const { latentgpu } = globalThis as unknown as Global;
        const of = ([where, text]: [string, string]) => {
          const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          return latentgpu.datasetFromPngs("dropped", 1, [{ where, bytes }]).then(
            () => "it was taken",
            (error: Error) => `${error instanceof latentgpu.InputError} ${error.message}`,
          );
        };
        return Promise.all(Object.entries(files).map(of));
      },
      Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, base64(bytes)])),
    ),
  );
  oneSentence(told[0], /letter\.txt is not a PNG file/);
  oneSentence(told[1], /photo\.jpg is not a PNG file/);
  oneSentence(told[2], /half\.png is a truncated PNG: save it again/);
  oneSentence(told[3], /wide\.png is 8000 x 8000: .*; scale it down/);
  oneSentence(told[4], /long\.png is 8000 x 1000000: .*; scale it down/);
});

test("a run's file cut in half", async () => {
  const told = await usable((page) =>
    page.evaluate(async (config) => {
      const { latentgpu } = globalThis as unknown as Global;
      const whole = await latentgpu.train(config as RunConfig).done;
      const sentences: string[] = [];
      for (const name of Object.keys(whole) as (keyof typeof whole)[]) {
        const cut = { ...whole, [name]: whole[name].subarray(0, whole[name].length / 2) };
        try {
          const saved = latentgpu.decodeRun(cut);
          saved.arenas(latentgpu.createModel(saved.config.model as never));
          sentences.push("it was taken");
        } catch (error) {
          sentences.push(`${error instanceof latentgpu.InputError} ${(error as Error).message}`);
        }
      }
      // A training that is to go on from it says the same.
      const state = whole["state.safetensors"].subarray(0, 5000);
      const { done } = latentgpu.train(config as RunConfig, { state });
      sentences.push(
        await done.then(
          () => "it went on",
          (error: Error) => `${error instanceof latentgpu.InputError} ${error.message}`,
        ),
      );
      return sentences;
    }, config),
  );
  assert.is(told.length, 4);
  oneSentence(told[0], /config\.json is not JSON/);
  oneSentence(told[1], /model\.safetensors/);
  oneSentence(told[2], /state\.safetensors/);
  oneSentence(told[3], /state\.safetensors/);
});

test("a GPU that is lost at step 30 and not to be replaced", async () => {
  const told = await usable(async (page, crash) => {
    const running = page.evaluate(
      async (config) => {
        const scope = globalThis as unknown as Global;
        const { latentgpu } = scope;
        const losses: number[] = [];
        scope.kept = losses;
        const run = latentgpu.train(config as RunConfig, {
          recover: false,
          onStepEnd: ({ loss }) => losses.push(loss),
        });
        return run.done.then(
          () => "it went on",
          (error: Error) => `${error instanceof latentgpu.DeviceLostError} ${error.message}`,
        );
      },
      { ...config, steps: 100_000 },
    );
    await until(page, () => ((globalThis as unknown as Global).kept?.length ?? 0) >= 30, 120);
    await crash();
    return running;
  });
  oneSentence(told, /^true The GPU device was lost \(.+\)\. Open a new device and resume from the last checkpoint\.$/);
});

test.run();
