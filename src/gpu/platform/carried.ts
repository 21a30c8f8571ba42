import { randomUUID } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { InputError } from "../../errors.js";

/** What lies in npm's @sparticuz/chromium: a SwiftShader with its Vulkan loader, and for tests a Chromium. */
export interface Carried {
  /** The folder of its archives. */
  readonly bin: string;
  readonly version: string;
}

/** A file to unpack: out of an archive of files, or an archive that is a file. */
export interface Member {
  readonly archive: string;
  /** Path within a tar; left out where the archive is the file itself. */
  readonly path?: string;
  /** Name to unpack it under. */
  readonly name: string;
  readonly program?: boolean;
}

/** Finds the package. @throws InputError where it is not there or does not serve */
export function findCarried(): Carried {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new InputError(`there is one for linux-x64 only, this is ${process.platform}-${process.arch}`);
  }
  let at: string;
  try {
    const paths = [dirname(fileURLToPath(import.meta.url)), process.cwd()];
    at = createRequire(import.meta.url).resolve("@sparticuz/chromium", { paths });
  } catch {
    throw new InputError("the package @sparticuz/chromium is not installed");
  }
  for (let folder = dirname(at); folder !== dirname(folder); folder = dirname(folder)) {
    if (!isFile(join(folder, "package.json")) || !isFile(join(folder, "bin", "swiftshader.tar.br"))) continue;
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    return { bin: join(folder, "bin"), version };
  }
  throw new InputError("the package @sparticuz/chromium holds no swiftshader.tar.br; install its version 147.0.0");
}

/** Unpacks files of the package into a private cache folder of their own, once; gives the folder.
 * @param limit the most bytes that an archive may unpack to */
export function unpackCarried(
  { bin, version }: Carried,
  what: string,
  files: readonly Member[],
  limit: number,
): string {
  const cache = cacheFolder();
  const folder = join(cache, `${what}-${version.replace(/[^\w.-]/g, "_")}`);
  const complete = (): boolean => files.every(({ name }) => isFile(join(folder, name)));
  if (complete()) return folder;
  const beside = join(cache, `.${randomUUID()}`);
  try {
    mkdirSync(beside, { mode: 0o700 });
    for (const archive of new Set(files.map((f) => f.archive))) {
      const bytes = brotliDecompressSync(readFileSync(join(bin, archive)), { maxOutputLength: limit });
      for (const { path, name, program } of files.filter((f) => f.archive === archive))
        writeFileSync(join(beside, name), path === undefined ? bytes : member(bytes, path), {
          mode: program ? 0o700 : 0o600,
        });
    }
    if (!complete()) rmSync(folder, { recursive: true, force: true });
    renameSync(beside, folder);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (!complete()) throw error; // else another process was first
  }
  return folder;
}

const isFile = (path: string): boolean => {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size > 0;
};

/** One plain file of a ustar archive. */
function member(tar: Buffer, wanted: string): Buffer {
  const text = (from: number, to: number): string => tar.toString("latin1", from, to).split("\0")[0] as string;
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, at + 136), 8);
    if (!(size >= 0) || at + 512 + size > tar.length) break;
    if (text(at, at + 100).replace(/^\.\//, "") === wanted) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new InputError(`the package's archive holds no ${wanted}; reinstall @sparticuz/chromium`);
}

/** A folder that nobody else can write to: code is loaded from it. */
function cacheFolder(): string {
  const candidates = [process.env.XDG_CACHE_HOME, join(homedir(), ".cache")].filter((p) => p?.startsWith("/"));
  for (const base of candidates) {
    try {
      return ours(join(base as string, "latentgpu"));
    } catch {
      // not writable, or somebody else's: the next one
    }
  }
  try {
    return ours(join(tmpdir(), `latentgpu-${process.getuid?.()}`));
  } catch {
    return mkdtempSync(join(tmpdir(), "latentgpu-"));
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // another process made it meanwhile
  }
}

function ours(folder: string): string {
  // Not `recursive`: Node never returns from that below a folder that takes no entries, such as /proc.
  for (const path of [dirname(folder), folder]) if (!existsSync(path)) makeFolder(path);
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) throw new InputError(`${folder} is not ours`);
  if (stat.mode & 0o077) chmodSync(folder, 0o700);
  const probe = join(folder, `.${randomUUID()}`);
  mkdirSync(probe);
  rmSync(probe, { recursive: true });
  return folder;
}
