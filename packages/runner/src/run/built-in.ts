/** What the runner itself provides to plugins: the run folder, the secrets, the tracker's project. */
import {
  definePlugin,
  RunDirectories,
  Secrets,
  TinsmithError,
  TrackerProjects,
  type ConfiguredPlugin,
  type RunDirectory,
  type TrackerProject,
} from '@tinsmith/core';
import { version } from '../version.js';

/** What is known once the whole config is right and the run begins. */
export interface RunFacts {
  readonly directory: RunDirectory;
  readonly tracker: TrackerProject;
}

export interface BuiltIn {
  readonly plugin: ConfiguredPlugin;
  /** From now on plugins can ask for the folder and the project. */
  readonly begin: (facts: RunFacts) => void;
}

export function builtIn(secrets: Secrets): BuiltIn {
  let facts: RunFacts | undefined;
  const known = (what: string): RunFacts => {
    if (facts) return facts;
    throw new TinsmithError({
      code: 'RUN_FOLDER_TOO_EARLY',
      message: `${what} was asked for before the run: it is known when the whole config has been found right`,
    });
  };
  const plugin = definePlugin({
    name: 'tinsmith',
    version,
    setup({ provide }) {
      provide(Secrets, { create: () => secrets });
      provide(RunDirectories, { create: () => known('the run folder').directory });
      provide(TrackerProjects, { create: () => known("the tracker's project").tracker });
    },
  });
  return { plugin: plugin(), begin: made => void (facts = made) };
}
