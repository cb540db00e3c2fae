/** The recipe `sl_basic`. */
import { definePlugin, Recipes } from '@tinsmith/core';
import { slBasic } from './sl-basic.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-sl-basic',
  version,

  setup({ provide }) {
    provide(Recipes, 'sl_basic', { create: () => slBasic });
  },
});
