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
    /** Precision of the matrices that decoding multiplies with. int8 is faster, and samples a slightly other distribution. */
    decoding: z.enum(['float32', 'int8']).default('float32'),
    /** What the engine may take, in MiB. Default: three quarters of what is free when it starts, rounded down. */
    memory: z.int().positive().optional(),
    /** Folder of checkpoints, relative to the run folder. */
    checkpoints: z.string().default('checkpoints'),
  }),

  setup({ config, provide }) {
    provide(Engines, 'local', {
      deps: { directory: RunDirectories, models: Models },
      async create({ directory, models }) {
        const { LocalEngine } = await import('./local-engine.js');
        const checkpoints = resolve(directory.path, config.checkpoints);
        return new LocalEngine({
          threads: config.threads,
          decoding: config.decoding,
          memory: config.memory === undefined ? undefined : config.memory * 2 ** 20,
          say: line => void process.stderr.write(`local: ${line}\n`),
          checkpoints,
          models,
        });
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
