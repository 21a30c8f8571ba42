import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Image } from "../formats/png.js";
import { encodePng } from "../formats/png.js";

/** Where a file is written before it takes its name; the same place each time, so that a kill leaves one at most. */
const beside = (path: string): string => join(dirname(path), `.${basename(path)}.part`);

/** Writes a file so that under its name there is at every instant the old one or the new one, whole: beside, flushed,
 * renamed, the folder flushed. Makes the folder where it is not there.
 * @throws Error with the path, the reason and the remedy; what was there stays */
export function writeDurable(path: string, bytes: Uint8Array | string): void {
  const part = beside(path);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(part, "w");
    try {
      const data = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
      for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
    flushFolder(dirname(path));
  } catch (error) {
    try {
      rmSync(part, { force: true });
    } catch {
      // the first error tells more
    }
    throw unwritable(path, error);
  }
}

/** Gives a file a second name, in place of the file that had it: no instant without either. */
export function keepAs(path: string, kept: string): void {
  if (!existsSync(path)) return;
  const part = beside(kept);
  try {
    rmSync(part, { force: true });
    try {
      linkSync(path, part);
    } catch {
      copyFileSync(path, part); // a file system without hard links
    }
    renameSync(part, kept);
    // Two names of one file already: then rename does nothing and leaves both.
    rmSync(part, { force: true });
  } catch (error) {
    throw unwritable(kept, error);
  }
}

/** A picture as a PNG file, written durably. */
export async function writePicture(path: string, picture: Image): Promise<void> {
  writeDurable(path, await encodePng(picture));
}

export function unwritable(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOSPC: "the disk is full; free some space",
    EDQUOT: "the quota is used up; free some space",
    EACCES: "this user may not write there; change its rights or name another place",
    EPERM: "this user may not write there; change its rights or name another place",
    EROFS: "the file system is read-only; name another place",
    ENOTDIR: "a part of the path is a file; name another place",
    EEXIST: "a part of the path is a file; name another place",
    EISDIR: "there is a folder of that name; name another place",
  };
  return new Error(`${path} could not be written: ${reasons[code ?? ""] ?? `${code ?? message}; name another place`}.`);
}

function flushFolder(folder: string): void {
  if (process.platform === "win32") return; // folders cannot be opened there
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
