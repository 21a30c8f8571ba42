import { Device, type DeviceOptions } from "./gpu/device.js";

/** Opens the best adapter there is, or the one named. @throws NoAdapterError, InputError, GpuError */
export const openDevice = (options?: DeviceOptions): Promise<Device> => Device.open(options);

export { datasetFromBytes, datasetFromIdx, datasetFromNpy, datasetFromPngs, type NamedBytes } from "./data/arrays.js";
export { type CodeMaps, codeMapsFromNpy } from "./data/codes.js";
export { type Dataset, floatRows, limitRows, rowLength, rowsOf } from "./data/dataset.js";
export { datasetFromFiles } from "./data/files.js";
export { drawGlyphs } from "./data/glyphs.js";
export { drawMovingGlyphs } from "./data/moving-glyphs.js";
export { openDataset } from "./data/node.js";
export { resample, resizeRows, type Size } from "./data/resize.js";
export { drawScenes } from "./data/scenes.js";
export type { Split } from "./data/spec.js";
export { drawSprites, spriteFactorNames } from "./data/sprites.js";
export {
  DeviceLostError,
  DisposedError,
  DoesNotFitError,
  GpuError,
  InputError,
  NoAdapterError,
  NotFiniteError,
  type Origin,
} from "./errors.js";
export { encodeNpy, type NpyArray, NpyRows, parseNpy } from "./formats/npy.js";
export { decodePng, encodePng, type Image } from "./formats/png.js";
export { readSafetensors, type SafeTensor, type SafeTensors, writeSafetensors } from "./formats/safetensors.js";
export type { AdapterReport, Limits } from "./gpu/adapter.js";
export type { PageCanvas } from "./gpu/canvas.js";
export { Device, type DeviceDescription, type DeviceOptions } from "./gpu/device.js";
export type { Profile } from "./gpu/profile.js";
export { Program, type StepValues } from "./gpu/program.js";
export { differentiate } from "./graph/differentiate.js";
export { fuse } from "./graph/fuse.js";
export { Graph } from "./graph/graph.js";
export { Parameters } from "./graph/parameters.js";
export { Plan } from "./graph/plan.js";
export type { Tensor } from "./graph/tensor.js";
export { Conv2d, type ConvOptions, ConvTranspose2d } from "./layers/conv.js";
export { Dense, type DenseOptions, type InitStyle } from "./layers/dense.js";
export { initialStatistics, initialWeights } from "./layers/init.js";
export { Norm, type NormKind } from "./layers/norm.js";
export type { CodebookConfig, FsqConfig, LfqConfig, QuantizerConfig } from "./layers/quantizers/config.js";
export { createQuantizer } from "./layers/quantizers/index.js";
export type { Choice, CodeSet, Quantized, Quantizer, QuantizerTerm } from "./layers/quantizers/quantizer.js";
export { type CellKind, Recurrent } from "./layers/recurrent.js";
export { Residual, type ResidualOptions } from "./layers/residual.js";
export { ResidualUnit, type ResidualUnitOptions } from "./layers/residual-unit.js";
export { Sequence, type SequenceOptions } from "./layers/sequence.js";
export { Classifier } from "./models/classifier.js";
export type { ClassifierConfig } from "./models/classifier-config.js";
export { type CodeUse, codeUse, codeUseText, usesOf } from "./models/code-use.js";
export type { ConditionKind } from "./models/condition.js";
export type { ConvConfig, DenseConfig, ModelConfig } from "./models/config.js";
export { DenseAutoencoder } from "./models/dense-autoencoder.js";
export { createModel } from "./models/index.js";
export { Judge } from "./models/judge.js";
export { classesInTurn, labelsOf } from "./models/labels.js";
export { analogy, boxed, meanRow } from "./models/latent-rows.js";
export {
  assertCoded,
  assertTemporal,
  type Coded,
  type CodeLevel,
  type Conditional,
  type Forward,
  type Learner,
  type Model,
  type Temporal,
  type Term,
} from "./models/model.js";
export { type PaintedRows, Painter, type Painting } from "./models/painter.js";
export { type CodeBatch, PixelCnn } from "./models/pixelcnn.js";
export type { CodeMap, PixelCnnConfig } from "./models/pixelcnn-config.js";
export { Prior } from "./models/prior.js";
export type { Given } from "./models/prior-conditions.js";
export { type DrawOptions, PriorSampler } from "./models/prior-sampler.js";
export { type RolloutOptions, Runner } from "./models/runner.js";
export { TdVae } from "./models/td-vae.js";
export type { TdVaeConfig } from "./models/td-vae-config.js";
export { type Arenas, fromTorch, type TorchTensor, toTorch } from "./models/torch-layout.js";
export type { Layout, View } from "./models/views.js";
export type { VqVae2Config, VqVaeConfig } from "./models/vq-config.js";
export { nearerEnds, type WalkPath, walks } from "./models/walks.js";
export { weightsProgram } from "./models/weights-program.js";
export { ops } from "./ops/index.js";
export type { Op } from "./ops/op.js";
export * from "./pictures/index.js";
export { permute } from "./random/permutation.js";
export { draw, normalAt, philox, RandomStream, streams, uniformAt } from "./random/philox.js";
export { sharedPage } from "./share/page.js";
export type { Answering, Verb } from "./train/answers.js";
export { anyTask, type TaskMaker } from "./train/any-task.js";
export { classifierPresets } from "./train/classifier-presets.js";
export { codesOf, type LevelCodes } from "./train/codes.js";
export {
  type AnyRunConfig,
  type ClassifierRunConfig,
  type CorruptionConfig,
  checkConfig,
  checkRun,
  effectiveBeta,
  isClassifier,
  isPrior,
  type PriorRunConfig,
  type Reduction,
  type RunConfig,
} from "./train/config.js";
export type { Alarm, Health } from "./train/health.js";
export type { EpochLosses, StepLosses } from "./train/losses.js";
export { createOptimizer, type Optimizer, type OptimizerConfig } from "./train/optimizer.js";
export { train } from "./train/platform/node.js";
export { type Preset, presetConfig, presets } from "./train/presets.js";
export { anyPresetConfig, priorPresets } from "./train/prior-presets.js";
export { decodeModel, decodeRun, encodeModel, encodeRun, type RunFiles, type SavedRun } from "./train/run-files.js";
export {
  constant,
  cosine,
  cyclical,
  exponential,
  linear,
  type Schedule,
  type ScheduleConfig,
  schedule,
  sigmoid,
  stepwise,
} from "./train/schedule.js";
export { serveTraining } from "./train/serve.js";
export { type SessionOptions, type TrainBeginning, type TrainEvents, TrainSession } from "./train/session.js";
export { decodeState, encodeState, type TrainState } from "./train/state.js";
export { imageTask, type Task } from "./train/task.js";
export { TaskTrainer } from "./train/task-trainer.js";
export { taskOf } from "./train/tasks.js";
export { Trainer, type TrainerOptions } from "./train/trainer.js";
export type { Showing, ShowOptions, Training, TrainOptions } from "./train/training.js";
