// Runs test bundles, each in a process of its own, and counts what uvu reports.
import { spawn } from "node:child_process";

const fileLimitMs = 15 * 60_000;
const running = new Set();
const endGroup = (child) => {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // already gone
  }
};

/** Runs one bundle and counts; a crash, a hang and a file without tests are failures; what a file says it skipped, or tells, is printed. */
function runTest({ name, out }, root, adapter) {
  const started = performance.now();
  return new Promise((done) => {
    const env = { ...process.env, ...(adapter ? { LATENTGPU_ADAPTER: adapter } : {}), NO_COLOR: "1" };
    const child = spawn(process.execPath, ["--enable-source-maps", out], {
      cwd: root,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    let text = "";
    let late = false;
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (text += data));
    const limit = setTimeout(() => {
      late = true;
      endGroup(child);
    }, fileLimitMs);
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      running.delete(child);
      endGroup(child);
      const count = (word) => Number([...text.matchAll(new RegExp(`^\\s*${word}:\\s+(\\d+)`, "gm"))].at(-1)?.[1] ?? 0);
      const passed = count("Passed");
      let failed = count("Total") - passed;
      const broken = late
        ? "took too long"
        : signal
          ? `was ended by ${signal}`
          : code !== 0
            ? `ended with code ${code}`
            : count("Total") === 0
              ? "ran no test"
              : "";
      if (broken && failed <= 0) failed = 1;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(
        `${failed ? "FAIL" : "ok  "} ${name.padEnd(24)} ${passed} passed, ${failed} failed, ${seconds} s${failed && broken ? ` (${broken})` : ""}`,
      );
      // Dawn says this of every software adapter.
      const lines = text.replace(/Warning: max\w+ artificially reduced.*\n/g, "");
      for (const [skipped] of text.matchAll(/^(?:skipped|told): .*$/gm)) console.log(`     | ${skipped}`);
      if (failed) console.log(lines.replace(/^/gm, "     | "));
      done({ passed, failed });
    });
  });
}

/** Runs bundles `jobs` at a time. `adapter` becomes LATENTGPU_ADAPTER. */
export async function runAll(bundles, root, adapter, jobs) {
  const signals = ["SIGINT", "SIGTERM"];
  const stop = () => {
    for (const child of running) endGroup(child);
    process.exit(130);
  };
  for (const signal of signals) process.on(signal, stop);
  const total = { passed: 0, failed: 0 };
  const queue = [...bundles];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { passed, failed } = await runTest(next, root, adapter);
      total.passed += passed;
      total.failed += failed;
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  for (const signal of signals) process.off(signal, stop);
  return total;
}
