import type { CodeMaps } from "../data/codes.js";
import type { Device } from "../gpu/device.js";
import type { PixelCnn } from "../models/pixelcnn.js";
import type { PixelCnnConfig } from "../models/pixelcnn-config.js";
import type { PriorRunConfig } from "../train/config.js";
import { plannedMemory } from "../train/planning.js";
import { taskOf } from "../train/tasks.js";
import { Trainer } from "../train/trainer.js";
import { openCodes } from "./code-maps.js";
import { warn } from "./common.js";
import type { Work } from "./session.js";
import type { Settings } from "./settings.js";

/** The training of a prior on codes. A preset's shape and number of codes give way to those that are found. */
export async function workOnCodes(
  { follows }: Settings,
  given: PriorRunConfig,
  open: () => Promise<Device>,
): Promise<Work> {
  const maps = await openCodes(given.data, { limit: given.limit, bottom: given.model.top !== undefined }, open);
  const config: PriorRunConfig = { ...given, model: fitted(given.model, maps, follows) };
  return {
    config,
    count: maps.count,
    planned: (device) => plannedMemory(config, taskOf<PixelCnn>(config, maps), device),
    begin: (device, _folder, events) => ({ trainer: new Trainer<PixelCnn>(device, config, maps, events) }),
  };
}

function fitted(model: PixelCnnConfig, maps: CodeMaps, follows: Settings["follows"]): PixelCnnConfig {
  const { shape, numEmbeddings, top } = maps;
  const found: PixelCnnConfig = {
    ...model,
    ...(follows("model.shape") && { shape }),
    ...(follows("model.numEmbeddings") && { numEmbeddings }),
    ...(model.top && top && follows("model.top") && { top: { shape: top.shape, numEmbeddings: top.numEmbeddings } }),
  };
  const text = ({ shape: s, numEmbeddings: k }: PixelCnnConfig): string => `${k} codes on maps of [${s}]`;
  if (text(found) !== text(model))
    warn(`${maps.name} holds ${text(found)}; the prior takes these in place of ${text(model)}.`);
  return found;
}
