/**
 * Reinforcement learning on problems with checkable answers: the recipe `math_rl` and its environments. Those that read data
 * need a plugin that does; `arithmetic` needs none.
 */
import { definePlugin, Environments, optional, Recipes, RowSources, TinsmithError } from '@tinsmith/core';
import { arithmetic } from './arithmetic.js';
import { mathRl } from './math-rl.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-math-rl',
  version,

  setup({ provide }) {
    provide(Recipes, 'math_rl', { create: () => mathRl });
    provide(Environments, 'arithmetic', { create: () => arithmetic });
    for (const name of ['math', 'gsm8k', 'polaris', 'deepmath'] as const) {
      provide(Environments, name, {
        deps: { rows: optional(RowSources) },
        async create({ rows }) {
          if (!rows) throw missingRows(name);
          return (await import('./environments/index.js'))[name](rows);
        },
        dispose: async environment => environment[Symbol.asyncDispose](),
      });
    }
  },
});

const missingRows = (name: string) =>
  new TinsmithError({
    code: 'ROW_SOURCE_MISSING',
    message: 'no plugin of the config reads data sets',
    at: 'plugins',
    found: `an environment that reads one: ${name}`,
    fix: 'add @tinsmith/datasets-hub to `plugins`',
  });
