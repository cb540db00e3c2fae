/** Games of several turns: the recipe `guess_number`. */
import { definePlugin, Recipes } from '@tinsmith/core';
import { guessNumber } from './guess-number.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-multiplayer-rl',
  version,

  setup({ provide }) {
    provide(Recipes, 'guess_number', { create: () => guessNumber });
  },
});
