import { existsSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { NamedBytes } from "../data/arrays.js";
import { type CodeMaps, codeMapsFromNpy, limitMaps } from "../data/codes.js";
import type { Split } from "../data/spec.js";
import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import { readConfig } from "./run-folder.js";

/** Which of a run's codes, and how many. */
export interface CodesWanted {
  readonly split?: Split;
  /** The first maps alone. */
  readonly limit?: number | undefined;
  /** The finer of two levels, with the coarser one beside it. */
  readonly bottom?: boolean;
}

/** Maps of codes from SPEC: a run that makes codes, over its own data, or a file NAME.npy of whole numbers [N, H, W]; beside it
 * may lie NAME.labels.npy [N] and NAME.top.npy [N, h, w].
 * @param open the device that a run's encoder works on
 * @throws InputError with the path and the remedy */
export async function openCodes(spec: string, wanted: CodesWanted, open: () => Promise<Device>): Promise<CodeMaps> {
  if (/\.npy$/i.test(spec)) return limitMaps(codesOfFile(spec), wanted.limit);
  return codesOfRun(spec, wanted, open);
}

function codesOfFile(path: string): CodeMaps {
  const beside = (what: string): NamedBytes | undefined => {
    const where = path.replace(/\.npy$/i, `.${what}.npy`);
    return existsSync(where) ? load(where) : undefined;
  };
  return codeMapsFromNpy(basename(path), load(path), beside("labels"), beside("top"));
}

/** The most bytes that a file of codes may have: 2 GiB. */
const largest = 2 ** 31;

function load(where: string): NamedBytes {
  try {
    if (statSync(where).size > largest) throw new InputError(`${where} has over 2 GiB: take fewer maps.`);
    return { where, bytes: readFileSync(where) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      `${where} ${code === "ENOENT" ? "is not there" : `could not be read (${code})`}: check its name and its rights.`,
    );
  }
}

async function codesOfRun(dir: string, _wanted: CodesWanted, _open: () => Promise<Device>): Promise<CodeMaps> {
  const { model } = readConfig(dir);
  throw new InputError(
    `The run ${dir} is of kind "${model.kind}" and has no codes; name the run of a VQ-VAE, or a .npy of codes.`,
  );
}
