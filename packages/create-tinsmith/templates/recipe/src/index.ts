/** The plugin: importing it does nothing, the config loads it. */
import { definePlugin, Recipes } from '@tinsmith/core';
import { {{camel}} } from './recipe.js';

export default definePlugin({
  name: '{{name}}',
  version: '0.1.0',
  setup({ provide }) {
    provide(Recipes, '{{snake}}', { create: () => {{camel}} });
  },
});
