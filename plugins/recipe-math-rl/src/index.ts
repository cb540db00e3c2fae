/**
 * Reinforcement learning on problems with checkable answers: the recipe `math_rl` and its environments. Those that read data
 * need a plugin that does; `arithmetic` needs none.
 */
import { definePlugin, Environments, Recipes } from '@tinsmith/core';
import { arithmetic } from './arithmetic.js';
import { mathRl } from './math-rl.js';
import { rowEnvironments } from './row-environments.js';
import { version } from './version.js';

export { rowEnvironments } from './row-environments.js';

export default definePlugin({
  name: '@tinsmith/recipe-math-rl',
  version,

  setup({ provide }) {
    provide(Recipes, 'math_rl', { create: () => mathRl });
    provide(Environments, 'arithmetic', { create: () => arithmetic });
    for (const [name, provider] of Object.entries(rowEnvironments)) provide(Environments, name, provider);
  },
});
