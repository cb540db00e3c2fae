/** The recipe `rl_loop`. */
import { definePlugin, Recipes } from '@tinsmith/core';
import { rlLoop } from './rl-loop.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-rl-loop',
  version,

  setup({ provide }) {
    provide(Recipes, 'rl_loop', { create: () => rlLoop });
  },
});
