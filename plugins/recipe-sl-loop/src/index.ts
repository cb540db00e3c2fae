/** The recipe `sl_loop`. */
import { definePlugin, Recipes } from '@tinsmith/core';
import { slLoop } from './sl-loop.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-sl-loop',
  version,

  setup({ provide }) {
    provide(Recipes, 'sl_loop', { create: () => slLoop });
  },
});
