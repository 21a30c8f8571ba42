import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** Runs kernels-test/child/NAME.ts (or a file) as a process of its own. `env` entries of undefined are left out there. */
export function runChild(
  name: string,
  args: readonly string[],
  env: Record<string, string | undefined> = {},
  cwd?: string,
): Promise<Ended> {
  const file = name.startsWith("/") ? name : fileURLToPath(new URL(`./child/${name}.js`, import.meta.url));
  const started = performance.now();
  return new Promise((done) => {
    const child = spawn(process.execPath, ["--expose-gc", file, ...args], { env: { ...process.env, ...env }, cwd });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.on("close", (code, signal) => done({ code, signal, stdout, stderr, ms: performance.now() - started }));
  });
}
