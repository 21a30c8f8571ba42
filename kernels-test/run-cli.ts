import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface CliEnded {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** Lines of standard error, without those that Dawn writes of every software adapter. */
  readonly lines: readonly string[];
}

export interface CliStarted {
  readonly child: ChildProcess;
  readonly ended: Promise<CliEnded>;
  /** Settles once standard error holds `text`, or at the end. */
  said(text: string): Promise<void>;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Another program than kernels-test/child/cli.ts, by its path or its name there. */
  readonly program?: string;
}

/** Starts the command line as a process of its own. */
export function startCli(args: readonly string[], { env, cwd, program = "cli" }: CliOptions = {}): CliStarted {
  const file = program.startsWith("/") ? program : fileURLToPath(new URL(`./child/${program}.js`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env }, cwd });
  let stdout = "";
  let stderr = "";
  const waiting: { text: string; done: () => void }[] = [];
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
    for (const { text, done } of waiting) if (stderr.includes(text)) done();
  });
  const ended = new Promise<CliEnded>((done) => {
    child.on("close", (code, signal) => {
      for (const w of waiting) w.done();
      const lines = stderr.split("\n").filter((l) => l !== "" && !/^Warning: max\w+ artificially reduced/.test(l));
      done({ code, signal, stdout, lines });
    });
  });
  const said = (text: string): Promise<void> =>
    new Promise((done) => {
      if (stderr.includes(text) || child.exitCode !== null) done();
      else waiting.push({ text, done });
    });
  return { child, ended, said };
}

export const cli = (args: readonly string[], options?: CliOptions): Promise<CliEnded> => startCli(args, options).ended;

/** A run that takes a second or two on a software adapter: 13 steps an epoch. */
export const tiny = (preset: string, out: string, ...more: string[]): string[] => [
  "train",
  preset,
  ...["--data", "builtin:glyphs?rows=200", "--batch", "16", "--out", out],
  ...["--set", "model.hiddenDims=[16]", "--set", "model.latentDim=2", ...more],
];

/** SHA-256 of a run's files but the previous checkpoints, by their paths. */
export function hashes(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true }).map(String).sort();
  const kept = files.filter((file) => !file.includes(".previous.") && statSync(join(dir, file)).isFile());
  return Object.fromEntries(kept.map((file) => [file, sha256(join(dir, file))]));
}

export const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Works through `items`, two at a time, and ends when both are done, whatever came of them. */
export async function inPairs<T>(items: readonly T[], work: (item: T, at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) await work(items[at] as T, at);
  };
  for (const end of await Promise.allSettled([worker(), worker()])) if (end.status === "rejected") throw end.reason;
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
