/** The recipe `rl_basic`, and the environment `gsm8k` that it takes if no other is named. */
import { definePlugin, Environments, Recipes, RowSources } from '@tinsmith/core';
import { rlBasic } from './rl-basic.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-rl-basic',
  version,

  setup({ provide }) {
    provide(Recipes, 'rl_basic', { create: () => rlBasic });
    provide(Environments, 'gsm8k', {
      deps: { rows: RowSources },
      async create({ rows }) {
        const { gsm8k } = await import('@tinsmith/recipe-math-rl/environments');
        return gsm8k(rows);
      },
      dispose: async environment => environment[Symbol.asyncDispose](),
    });
  },
});
