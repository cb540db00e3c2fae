/** The embedded engine as a plugin: provides the engine `local`. The class behind it can be used without the framework. */
import { resolve } from 'node:path';
import { definePlugin, Engines, Models, RunDirectories } from '@tinsmith/core';
import { z } from 'zod';
import { LocalEngine } from './local-engine.js';
import { version } from './version.js';

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
  type SaveModelOptions,
} from './local-training-client.js';
export { readSafetensors, type Tensor } from './weights/safetensors.js';

export default definePlugin({
  name: '@tinsmith/engine-local',
  version,
  config: z.strictObject({
    /** Threads of the numerics. Default: the number of physical cores, at most 4. */
    threads: z.int().positive().optional(),
    /** Folder of checkpoints, relative to the run folder. */
    checkpoints: z.string().default('checkpoints'),
  }),

  setup({ config, provide }) {
    provide(Engines, 'local', {
      deps: { directory: RunDirectories, models: Models },
      create: ({ directory, models }) =>
        new LocalEngine({
          threads: config.threads,
          checkpoints: resolve(directory.path, config.checkpoints),
          models,
        }),
      dispose: engine => engine.close(),
    });
  },
});
