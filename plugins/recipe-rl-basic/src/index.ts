/** The recipe `rl_basic`, and the environment `gsm8k` that it takes if no other is named. */
import { definePlugin, Environments, Recipes } from '@tinsmith/core';
import { rowEnvironments } from '@tinsmith/recipe-math-rl';
import { rlBasic } from './rl-basic.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-rl-basic',
  version,

  setup({ provide }) {
    provide(Recipes, 'rl_basic', { create: () => rlBasic });
    provide(Environments, 'gsm8k', rowEnvironments.gsm8k);
  },
});
