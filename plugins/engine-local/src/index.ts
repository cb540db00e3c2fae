/**
 * The embedded engine as a plugin: provides the engine `local` and the command `checkpoints`. Only what is used is
 * loaded; programs import `@tinsmith/engine-local/engine`.
 */
import { resolve } from 'node:path';
import { Commands, definePlugin, Engines, Models, RunDirectories } from '@tinsmith/core';
import { z } from 'zod';
import { version } from './version.js';

export type {
  LocalEngine,
  LocalFullTrainingClient,
  LocalSamplingClient,
  LocalTrainingClient,
} from './engine.js';

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
      async create({ directory, models }) {
        const { LocalEngine } = await import('./local-engine.js');
        const checkpoints = resolve(directory.path, config.checkpoints);
        return new LocalEngine({ threads: config.threads, checkpoints, models });
      },
      dispose: engine => engine.close(),
    });
    provide(Commands, 'checkpoints', {
      deps: { models: Models },
      async create(deps) {
        const { checkpointsCommand } = await import('./command/checkpoints.js');
        return checkpointsCommand(deps, { checkpoints: config.checkpoints, threads: config.threads });
      },
    });
  },
});
