import { createHash } from "node:crypto";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasSystemVulkan } from "../../src/gpu/platform/vulkan.js";
import type { RunConfig } from "../../src/train/config.js";
import { train } from "../../src/train/platform/node.js";
import { presetConfig } from "../../src/train/presets.js";
import { type Global, loaded, type Outcome, trainInPage } from "./in-page.js";
import { until, withPages } from "./page.js";

const test = suite("training in a page");
const config: RunConfig = { ...presetConfig("seed/vae-20"), data: "builtin:glyphs?rows=1000", steps: 50 };
const half: RunConfig = { ...config, steps: 25 };

/** The same run in Node. */
async function inNode(asked: RunConfig, adapter: string, state?: string): Promise<Outcome> {
  const losses: number[] = [];
  const files = await train(asked, {
    adapter,
    ...(state !== undefined && { state: new Uint8Array(Buffer.from(state, "base64")) }),
    onStepEnd: ({ loss }) => losses.push(loss),
  }).done;
  const sha256 = createHash("sha256").update(files["model.safetensors"]).digest("hex");
  return { losses, logs: [], sha256, state: Buffer.from(files["state.safetensors"]).toString("base64") };
}

const straight = await inNode(config, "swiftshader");

/** Runs work in a page that has loaded the library; it must leave nothing to complain of but what is `allowed`. */
const inPage = <T>(work: (page: Page) => Promise<T>, allowed = /^$/): Promise<T> =>
  withPages("", async (open) => {
    const { page, complaints } = await open("test/pages/library.html");
    await loaded(page);
    const result = await work(page);
    assert.equal(
      complaints.filter((text) => !allowed.test(text)),
      [],
    );
    return result;
  });

test("50 steps in a worker of Chromium and in Node leave the same bits", async () => {
  const there = await inPage((page) => trainInPage(page, config));
  assert.equal(there.losses, straight.losses);
  assert.is(there.sha256, straight.sha256);
  console.log(`\ntold: 50 steps of ${config.preset} on SwiftShader: model.safetensors ${there.sha256} in both`);
});

test("a run begun in Node goes on in the page, and back", async () => {
  const begun = await inNode(half, "swiftshader");
  const [there, onward] = await inPage(async (page) => [
    await trainInPage(page, half),
    await trainInPage(page, config, begun.state),
  ]);
  assert.is(there.state, begun.state);
  for (const { sha256, losses } of [onward, await inNode(config, "swiftshader", there.state)]) {
    assert.is(sha256, straight.sha256);
    assert.equal(losses, straight.losses.slice(25));
  }
});

test("another kind of adapter gives losses that agree to 1e-4 over 50 steps", async () => {
  if (!hasSystemVulkan()) {
    console.log("\nskipped: losses of lavapipe beside SwiftShader's: there is no lavapipe here");
    return;
  }
  const { losses } = await inNode(config, "llvmpipe");
  const worst = Math.max(...losses.map((loss, i) => Math.abs(loss / straight.losses[i] - 1)));
  console.log(`\ntold: losses of lavapipe and SwiftShader differ by ${worst.toExponential(1)} at most over 50 steps`);
  assert.ok(losses.length === 50 && worst <= 1e-4, `${worst}`);
});

/** Trains, and has the GPU process crash at step 30. */
const crashed = (): Promise<Outcome> =>
  withPages("", async (open, browser) => {
    const { page } = await open("test/pages/library.html");
    await loaded(page);
    const running = trainInPage(page, config);
    await until(page, () => ((globalThis as unknown as Global).kept?.length ?? 0) >= 30, 120);
    const control = await browser.newBrowserCDPSession();
    // It never answers: the process that would is gone.
    control.send("Browser.crashGpuProcess").catch(() => undefined);
    return running;
  });

test("a GPU process that crashes: training goes on from the snapshot, and ends with the same bits", async () => {
  // On a busy machine Chromium now and then takes the whole tab down with its GPU process: nothing of ours runs then.
  const again = (error: Error): Promise<Outcome> => {
    if (!error.message.includes("Target crashed")) throw error;
    return crashed();
  };
  const outcome = await crashed().catch(again).catch(again);
  assert.is(outcome.logs.length, 1);
  assert.match(outcome.logs[0], /^The GPU was lost at step \d+ \(.+\); going on from step \d+ on a new one\.$/);
  assert.equal(outcome.losses, straight.losses);
  assert.is(outcome.sha256, straight.sha256);
});

test("pause, resume, save and stop reach the worker; a hidden page pauses where it was asked to", async () => {
  const seen = await inPage((page) =>
    page.evaluate(async (config) => {
      const { latentgpu } = globalThis as unknown as Global;
      let steps = 0;
      const events: string[] = [];
      const run = latentgpu.train({ ...config, steps: 100_000 } as RunConfig, {
        whenHidden: "pause",
        onTrainBegin: ({ total }) => events.push(`begin ${total}`),
        onStepEnd: () => {
          steps++;
        },
        onEpochEnd: ({ epoch }) => {
          if (epoch === 1) events.push("epoch 1");
        },
      });
      const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
      const moves = async (): Promise<boolean> => {
        const before = steps;
        for (let i = 0; i < 300 && steps < before + 9; i++) await sleep(100);
        return steps >= before + 9;
      };
      const rests = async (): Promise<boolean> => {
        await sleep(1500); // what was under way
        const before = steps;
        await sleep(1500);
        return steps === before;
      };
      const hide = (hidden: boolean): void => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      const out: unknown[] = [await moves()];
      run.pause();
      out.push(await rests());
      out.push(latentgpu.decodeRun(await run.save()).state?.step === steps);
      run.resume();
      out.push(await moves());
      hide(true);
      out.push(await rests());
      hide(false);
      out.push(await moves());
      run.stop();
      const end = latentgpu.decodeRun(await run.done).state?.step ?? 0;
      out.push(end >= steps, latentgpu.decodeRun(await run.save()).state?.step === end);
      return [...out, ...events];
    }, config),
  );
  assert.equal(seen, [true, true, true, true, true, true, true, true, "begin 100000", "epoch 1"]);
});

test("what is wrong is one sentence of the library's own error", async () => {
  const told = await inPage(
    (page) =>
      page.evaluate(async (config) => {
        const { latentgpu } = globalThis as unknown as Global;
        const errorOf = async (asked: unknown, options = {}): Promise<string> => {
          const error: Error = await latentgpu.train(asked as RunConfig, options).done.then(
            () => new Error("nothing was thrown"),
            (thrown) => thrown,
          );
          return `${error instanceof latentgpu.InputError} ${error.message}`;
        };
        return [
          await errorOf({ ...config, batch: 0 }),
          await errorOf({ ...config, data: "/home/me/mnist" }),
          await errorOf(config, { state: new Uint8Array(100) }),
          await errorOf(config, { adapter: "radeon" }),
          await errorOf(config, { worker: () => new Worker("/nowhere.js", { type: "module" }) }),
        ];
      }, config),
    /404/,
  );
  assert.match(told[0], /^true .*batch/);
  assert.match(told[1], /^true A page cannot open the path/);
  assert.match(told[2], /^true .*state\.safetensors/);
  assert.match(told[3], /^true A page cannot ask for the adapter/);
  assert.match(told[4], /^false The training worker could not be loaded: copy worker\.js/);
});

test("a page without WebGPU says which browsers have it", async () => {
  const message = await withPages("", async (open) => {
    const { page, complaints } = await open("test/pages/library.html");
    await loaded(page);
    const text = await page.evaluate(
      (config) => {
        Reflect.deleteProperty(Navigator.prototype, "gpu");
        const { latentgpu } = globalThis as unknown as Global;
        return latentgpu.openDevice().then(
          () => config.data,
          (error) => `${error.name}: ${error.message}`,
        );
      },
      { data: "it opened" },
    );
    assert.equal(complaints, []);
    return text;
  });
  assert.match(message, /^NoAdapterError: This browser has no WebGPU: Chrome and Edge from version 113, Firefox/);
});

test.run();
