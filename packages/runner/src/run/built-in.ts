/** What the runner itself provides to plugins: the run folder and the secrets. */
import {
  definePlugin,
  RunDirectories,
  Secrets,
  TinsmithError,
  type ConfiguredPlugin,
  type RunDirectory,
} from '@tinsmith/core';
import { version } from '../version.js';

export interface BuiltIn {
  readonly plugin: ConfiguredPlugin;
  /** From now on plugins can ask for the folder. */
  setDirectory(directory: RunDirectory): void;
}

export function builtIn(secrets: Secrets): BuiltIn {
  let directory: RunDirectory | undefined;
  const plugin = definePlugin({
    name: 'tinsmith',
    version,
    setup({ provide }) {
      provide(Secrets, { create: () => secrets });
      provide(RunDirectories, {
        create() {
          if (directory) return directory;
          throw new TinsmithError({
            code: 'RUN_FOLDER_TOO_EARLY',
            message:
              'the run folder was asked for before the run: it is made when the whole config is known to be right',
          });
        },
      });
    },
  });
  return { plugin: plugin(), setDirectory: made => void (directory = made) };
}
