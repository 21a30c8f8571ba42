import { readFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError } from "../errors.js";
import { gunzip, isGzip } from "../formats/gzip.js";
import { datasetFromBytes, datasetFromIdx, datasetFromPngs, type NamedBytes } from "./arrays.js";
import { checkLimit, type Dataset, largestDataset, limitRows } from "./dataset.js";
import { resizeRows, type Size } from "./resize.js";
import { isBuiltin, nearestBuiltin, openBuiltin, type Split } from "./spec.js";

interface Wanted {
  readonly limit?: number | undefined;
  readonly resize?: Size | undefined;
}

/** What the system said, as a reason in a sentence. */
function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "is not there";
  if (code === "EACCES" || code === "EPERM") return "may not be read by this user";
  return `could not be read (${code ?? (error as Error).message})`;
}

/** A file's bytes, unpacked where it is gzip. */
async function load(where: string): Promise<NamedBytes> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(where);
    if (size > largestDataset) throw new InputError(`${where} has ${size} bytes, over 2 GiB: split it.`);
    bytes = await readFile(where);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${where} ${reason(error)}: check its name and its rights.`);
  }
  return { where, bytes: isGzip(bytes) ? await gunzip(bytes, { where }) : bytes };
}

/** Plain entries of a folder in the order of their code units; dot files and symbolic links are left out. */
async function list(folder: string): Promise<{ files: string[]; folders: string[] }> {
  try {
    const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => !entry.name.startsWith("."));
    const names = (kind: "isFile" | "isDirectory") =>
      entries
        .filter((e) => e[kind]())
        .map((e) => e.name)
        .sort();
    return { files: names("isFile"), folders: names("isDirectory") };
  } catch (error) {
    throw new InputError(`The folder ${folder} ${reason(error)}: check its name and its rights.`);
  }
}

// As MNIST ships them ("train-images-idx3-ubyte.gz") and as others unpack them ("train-images.idx3-ubyte").
const imagesName = /^(.*)images([-.])idx[234]-ubyte(\.gz)?$/;

/** The file of labels that belongs to a file of images, if it lies beside. */
function labelsBeside(images: string, files: readonly string[]): string | undefined {
  const [, prefix, , gz] = imagesName.exec(images) ?? [];
  if (prefix === undefined) return undefined;
  const names = ["-", "."].map((dot) => `${prefix}labels${dot}idx1-ubyte`);
  const candidates = gz ? names.flatMap((n) => [`${n}.gz`, n]) : names.flatMap((n) => [n, `${n}.gz`]);
  return candidates.find((candidate) => files.includes(candidate));
}

async function openIdxPair(name: string, folder: string, images: string, files: readonly string[]): Promise<Dataset> {
  const labels = labelsBeside(images, files);
  return datasetFromIdx(name, await load(join(folder, images)), labels ? await load(join(folder, labels)) : undefined);
}

const isPngName = (name: string) => /\.png$/i.test(name);

/** Which `limit` of the files to take, in their order: as many of each label as there are. */
function spread<T extends { label: number }>(files: T[], limit: number | undefined): T[] {
  if (limit === undefined || limit >= files.length) return files;
  const seen = new Map<number, number>();
  const ranked = files.map((file, order) => {
    const rank = seen.get(file.label) ?? 0;
    seen.set(file.label, rank + 1);
    return { file, order, rank };
  });
  const taken = ranked.sort((a, b) => a.rank - b.rank || a.order - b.order).slice(0, limit);
  return taken.sort((a, b) => a.order - b.order).map(({ file }) => file);
}

async function openPngFolder(name: string, folder: string, { limit, resize }: Wanted): Promise<Dataset> {
  const { files, folders } = await list(folder);
  const pngs = files.filter(isPngName).map((file) => ({ where: join(folder, file), label: 0 }));
  const classNames: string[] = [];
  for (const sub of folders) {
    const inside = (await list(join(folder, sub))).files.filter(isPngName);
    if (inside.length === 0) continue;
    if (pngs.length > 0 && classNames.length === 0) {
      throw new InputError(
        `${folder} holds PNGs (${basename(pngs[0]?.where as string)}) and a sub-folder with PNGs (${sub}): put every image into the sub-folder of its label, or none.`,
      );
    }
    const label = classNames.push(sub) - 1;
    for (const file of inside) pngs.push({ where: join(folder, sub, file), label });
  }
  if (pngs.length === 0) {
    throw new InputError(
      `${folder} holds no data: it needs IDX files named as MNIST's (train-images-idx3-ubyte), or PNGs, or sub-folders of PNGs (links are not followed).`,
    );
  }
  const taken = spread(pngs, limit);
  // Read one by one while they are decoded: a folder may hold more than fits twice.
  function* read() {
    for (const { where, label } of taken) {
      let bytes: Uint8Array;
      try {
        bytes = readFileSync(where);
      } catch (error) {
        throw new InputError(`${where} ${reason(error)}: check its rights.`);
      }
      yield { where, bytes, label };
    }
  }
  return datasetFromPngs(name, taken.length, read(), classNames.length > 0 ? classNames : undefined, resize);
}

async function openFolder(folder: string, split: Split, wanted: Wanted): Promise<Dataset> {
  const name = basename(folder);
  const { files, folders } = await list(folder);
  const images = files.filter((file) => imagesName.test(file));
  if (images.length > 0) {
    const prefixes = split === "train" ? ["train"] : ["t10k", "test"];
    const found = images.find((file) => prefixes.some((prefix) => file.startsWith(prefix)));
    if (!found) {
      throw new InputError(
        `${folder} holds no ${prefixes[0]}-images-idx3-ubyte for the ${split} split, only ${images.join(", ")}: add it, or name one file.`,
      );
    }
    return openIdxPair(name, folder, found, files);
  }
  const splits = folders.includes("train") && folders.every((sub) => sub === "train" || sub === "test");
  if (splits && !files.some(isPngName)) {
    if (!folders.includes(split)) throw new InputError(`${folder} has no sub-folder "${split}": add it.`);
    return openPngFolder(name, join(folder, split), wanted);
  }
  return openPngFolder(name, folder, wanted);
}

/** Opens a data SPEC: `builtin:glyphs`, `builtin:moving-glyphs`, `builtin:sprites` (`?rows=5000&seed=3`), or a path. Paths: a folder with IDX
 * files named as MNIST's (gzip or not; `train-` and `t10k-` are the splits); a folder of PNGs, whose sub-folders are
 * labels in sorted order (`train` and `test` as the only sub-folders are the splits); one IDX file of images, with its
 * labels from the file beside it; one .npy (see datasetFromNpy); one PNG. What has no test part of its own gives the
 * same rows for both splits. `limit` takes the first rows (of a labelled PNG folder, as many of each label).
 * `resize` brings every image to one size. Throws InputError with the file and the remedy. */
export async function openDataset(
  spec: string,
  { split = "train", limit, resize }: { split?: Split } & Wanted = {},
): Promise<Dataset> {
  checkLimit(limit);
  const dataset = await open(spec, split, { limit, resize });
  return resize ? resizeRows(dataset, resize) : dataset;
}

async function open(spec: string, split: Split, { limit, resize }: Wanted): Promise<Dataset> {
  if (isBuiltin(spec)) return openBuiltin(spec, split, limit);
  const found = await stat(spec).catch((error: unknown) => {
    const near = nearestBuiltin(spec);
    const hint = near.distance <= 2 ? `did you mean builtin:${near.name}?` : "name a file, a folder or builtin:glyphs.";
    throw new InputError(`The data ${spec === "" ? "(an empty name)" : spec} ${reason(error)}: ${hint}`);
  });
  if (found.isDirectory()) return limitRows(await openFolder(spec, split, { limit, resize }), limit);
  if (!found.isFile()) throw new InputError(`The data ${spec} is neither a file nor a folder: name one of these.`);
  const name = basename(spec);
  const file = await load(spec);
  const beside = imagesName.test(name) ? labelsBeside(name, (await list(dirname(spec))).files) : undefined;
  const labels = beside ? await load(join(dirname(spec), beside)) : undefined;
  return limitRows(await datasetFromBytes(name, file, labels), limit);
}
