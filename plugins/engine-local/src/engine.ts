/**
 * The embedded engine for programs, without a plugin around it: the engine, its clients, and what becomes of a trained
 * model. Knows nothing of configs.
 */
export {
  type BaseModelOption,
  type FullTrainingSource,
  LocalEngine,
  type LocalEngineOptions,
} from './local-engine.js';
export {
  type ExportFormat,
  exportFormats,
  type LogprobDifference,
  mergeCheckpoint,
  type MergeOptions,
  type MergeReport,
} from './export/index.js';
export { LocalSamplingClient } from './local-sampling-client.js';
export {
  LocalFullTrainingClient,
  LocalTrainingClient,
  type LocalTrainingInfo,
  type SaveModelOptions,
} from './local-training-client.js';
export { type FloatTensors, readSafetensors, type Tensor, writeSafetensors } from './weights/safetensors.js';
