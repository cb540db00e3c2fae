/** Games of several turns: the recipes `guess_number` and `twenty_questions`. */
import { definePlugin, Recipes } from '@tinsmith/core';
import { guessNumber } from './guess-number.js';
import { twentyQuestions } from './twenty-questions.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-multiplayer-rl',
  version,

  setup({ provide }) {
    provide(Recipes, 'guess_number', { create: () => guessNumber });
    provide(Recipes, 'twenty_questions', { create: () => twentyQuestions });
  },
});
