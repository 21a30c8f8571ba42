import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openDataset } from "../../src/data/node.js";
import { InputError } from "../../src/errors.js";
import type { GoldenSource } from "./contract.js";

/** Golden files in a folder, the trajectories' data (mnist, fashion) in another.
 * @throws InputError where the folder is not there or holds none */
export function folderSource(folder: string, dataFolder: string): GoldenSource {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".safetensors") || name === "trajectories.json");
  } catch {
    throw new InputError(`The folder of golden tensors ${folder} cannot be read: check --golden.`);
  }
  if (names.length === 0) throw new InputError(`${folder} holds no golden tensors (.safetensors): check --golden.`);
  return {
    names,
    read: (name) => readFile(join(folder, name)),
    data: (name, limit) => openDataset(join(dataFolder, name), { split: "train", limit }),
  };
}
