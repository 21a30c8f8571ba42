import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError } from "../errors.js";
import { type NpyArray, NpyRows, type NpyWritable, type NpyWritableDtype, parseNpy } from "../formats/npy.js";
import { unwritable } from "./files.js";

/** A NumPy file to be. */
export interface NpyTarget {
  readonly path: string;
  readonly dtype: NpyWritableDtype;
  readonly shape: readonly number[];
}

/** Writes NumPy files row by row, beside and renamed when all are whole: what was there stays until then, and where `work` fails.
 * `work` is given what takes the next rows of each file. */
export async function writeNpyFiles(
  targets: readonly NpyTarget[],
  work: (write: readonly ((rows: NpyWritable) => void)[]) => Promise<void>,
): Promise<void> {
  const files = targets.map((target) => new NpyFile(target));
  try {
    try {
      for (const file of files) file.open();
      await work(files.map((file) => (rows) => file.write(rows)));
      for (const file of files) file.finish();
    } finally {
      for (const file of files) file.close();
    }
    for (const file of files) file.settle();
  } catch (error) {
    for (const file of files) file.remove();
    throw error;
  }
}

class NpyFile {
  private readonly part: string;
  private readonly rows: NpyRows;
  private handle: number | undefined;

  constructor(private readonly target: NpyTarget) {
    this.part = join(dirname(target.path), `.${basename(target.path)}.part`);
    this.rows = new NpyRows(target.dtype, target.shape);
  }

  open(): void {
    this.handle = this.guarded(() => {
      mkdirSync(dirname(this.target.path), { recursive: true });
      return openSync(this.part, "w");
    });
    this.put(this.rows.header);
  }

  write(rows: NpyWritable): void {
    this.put(this.rows.rows(rows));
  }

  /** All is on the disk after this. */
  finish(): void {
    this.rows.finish();
    this.guarded(() => fsyncSync(this.handle as number));
  }

  close(): void {
    if (this.handle !== undefined) closeSync(this.handle);
    this.handle = undefined;
  }

  settle(): void {
    this.guarded(() => renameSync(this.part, this.target.path));
  }

  remove(): void {
    rmSync(this.part, { force: true });
  }

  private put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += this.guarded(() => writeSync(this.handle as number, bytes, at));
  }

  private guarded<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      throw unwritable(this.target.path, error);
    }
  }
}

/** Reads a NumPy file that a person names. @throws InputError with the file and the remedy */
export function readNpy(path: string): NpyArray {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      `${path} ${code === "ENOENT" ? "is not there" : `could not be read (${code})`}; check its name and its rights.`,
    );
  }
  return parseNpy(bytes, path);
}
