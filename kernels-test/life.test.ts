import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DeviceLostError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { philox } from "../src/random/philox.js";
import { runChild } from "./child.js";

const test = suite("life");

test("R18: after 20 starts and finishes in one process, 20 more do not grow it", async () => {
  const { stdout, stderr, code } = await runChild("device", ["cycles", "40"]);
  assert.is(code, 0, stderr);
  const rss = JSON.parse(stdout) as number[];
  assert.is(rss.length, 40);
  const growth = ((rss[39] as number) - (rss[19] as number)) / 2 ** 20;
  assert.ok(growth < 8, `${growth.toFixed(1)} MB`);
});

test("R21: 200 garbage collections beside a working device do no harm", async () => {
  const { stdout, stderr, code, signal, ms } = await runChild("device", ["collect"]);
  assert.is(`${code} ${signal}`, "0 null", stderr);
  assert.equal(JSON.parse(stdout), { last: 200 });
  // Waiting must not grow slower with every wait: 200 small steps take under a second.
  assert.ok(ms < 10_000, `${ms} ms`);
});

test("a process that leaves its device open ends by itself", async () => {
  const { code, signal, ms } = await runChild("device", ["leave"]);
  assert.is(`${code} ${signal}`, "0 null");
  assert.ok(ms < 10_000, `${ms} ms`);
});

test("R22: dispose() behind a shader that does not end returns by its limit", async () => {
  const { stdout } = await runChild("device", ["stuck"]);
  const { ms, reading, settledMs } = JSON.parse(stdout) as { ms: number; reading: string; settledMs: number };
  assert.ok(ms < 2000 && settledMs < 2000, `${ms} ms, ${settledMs} ms`);
  assert.is(reading, "DisposedError");
});

test("R23: lost at 20 random moments, every pending promise settles within 2 s as a DeviceLostError", async () => {
  for (let round = 0; round < 20; round++) {
    const device = await Device.open();
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffers = [1, 2, 3].map((i) => device.createBuffer({ label: `b${i}`, size: 4096 * i, usage }));
    const outcomes: Promise<string>[] = [];
    const watch = (work: Promise<unknown>): void => {
      outcomes.push(
        work.then(
          () => "done",
          (error: Error) => `${error instanceof DeviceLostError ? "lost" : "other"}: ${error.message}`,
        ),
      );
    };
    const words = philox([round, 0, 0, 0], 23, 0);
    const before = words[0] % 6;
    for (let i = 0; i < before; i++) {
      for (const b of buffers) watch(device.read(b, 0, 4096));
      watch(device.idle());
      if (words[1] & (1 << i)) await new Promise((next) => setTimeout(next, words[2] % 4));
    }
    device.handle.destroy();
    const lostAt = performance.now();
    // Calls after the loss that nothing has reported yet: none may pass for work done.
    const late: Promise<string>[] = [];
    for (const work of [() => device.read(buffers[0] as GPUBuffer, 0, 16), () => device.idle()]) {
      late.push(
        work().then(
          () => "done",
          (error: Error) => error.name,
        ),
      );
    }
    const limit = new Promise<string[]>((done) => setTimeout(() => done(["hangs"]), 2000));
    const settled = await Promise.race([Promise.all(outcomes), limit]);
    for (const outcome of settled)
      assert.ok(outcome === "done" || outcome.startsWith("lost: "), `round ${round}: ${outcome}`);
    const after = await Promise.race([Promise.all(late), limit]);
    assert.equal(after, ["DeviceLostError", "DeviceLostError"], `round ${round}`);
    assert.ok(performance.now() - lostAt < 2000);
    await device.dispose();
  }
});

test.run();
