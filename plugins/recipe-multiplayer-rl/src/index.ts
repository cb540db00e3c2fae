/** Games of several turns: the recipes `guess_number`, `twenty_questions` and `text_arena`, and games for two. */
import { definePlugin, Games, Recipes } from '@tinsmith/core';
import { guessNumber } from './guess-number.js';
import { textArena } from './text-arena.js';
import { twentyQuestions } from './twenty-questions.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-multiplayer-rl',
  version,

  setup({ provide }) {
    provide(Recipes, 'guess_number', { create: () => guessNumber });
    provide(Recipes, 'twenty_questions', { create: () => twentyQuestions });
    provide(Recipes, 'text_arena', { create: () => textArena });
    provide(Games, 'TicTacToe-v0', {
      create: async () => (await import('./games/tic-tac-toe.js')).ticTacToe,
    });
    provide(Games, 'Nim-v0', { create: async () => (await import('./games/nim.js')).nim });
  },
});
