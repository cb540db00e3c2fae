/** Providers of the environments that read data. Each is loaded when it is created. */
import {
  type Deps,
  type Environment,
  optional,
  type Provider,
  RowSources,
  TinsmithError,
} from '@tinsmith/core';

type RowEnvironment = 'math' | 'gsm8k' | 'polaris' | 'deepmath';

const deps = { rows: optional(RowSources) } satisfies Deps;

function providerOf(name: RowEnvironment): Provider<Environment & AsyncDisposable, typeof deps> {
  return {
    deps,
    async create({ rows }) {
      if (!rows) throw missingRows(name);
      return (await import('./environments/index.js'))[name](rows);
    },
    dispose: async environment => environment[Symbol.asyncDispose](),
  };
}

/** By name. Another plugin may provide the same ones: the very same provider counts once. */
export const rowEnvironments = {
  math: providerOf('math'),
  gsm8k: providerOf('gsm8k'),
  polaris: providerOf('polaris'),
  deepmath: providerOf('deepmath'),
};

const missingRows = (name: string) =>
  new TinsmithError({
    code: 'ROW_SOURCE_MISSING',
    message: 'no plugin of the config reads data sets',
    at: 'plugins',
    found: `an environment that reads one: ${name}`,
    fix: 'add @tinsmith/datasets-hub to `plugins`',
  });
