// node checkpoint.js DIR: saves checkpoint after checkpoint, every number of the n-th being n, until it is killed.
import { RunFolder } from "../../src/cli/run-folder.js";
import { createModel } from "../../src/models/index.js";
import { presetConfig } from "../../src/train/presets.js";

const folder = new RunFolder(process.argv[2] as string);
const config = presetConfig("seed/ae-32");
const model = createModel(config.model);
const { arenaLength } = model.parameters;
folder.writeConfig(config);
for (let step = 1; ; step++) {
  const arenas = new Map(["weight", "moment1", "moment2"].map((n) => [n, new Float32Array(arenaLength).fill(step)]));
  folder.save(model, { step, seed: 0, epochSums: { loss: step }, arenas });
}
