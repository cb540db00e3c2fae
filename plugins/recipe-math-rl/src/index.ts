/**
 * Reinforcement learning on problems with checkable answers: the recipe `math_rl`, the environment
 * `arithmetic`.
 */
import { definePlugin, Environments, Recipes } from '@tinsmith/core';
import { arithmetic } from './arithmetic.js';
import { mathRl } from './math-rl.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-math-rl',
  version,

  setup({ provide }) {
    provide(Recipes, 'math_rl', { create: () => mathRl });
    provide(Environments, 'arithmetic', { create: () => arithmetic });
  },
});
