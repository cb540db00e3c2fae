/** Games of several turns: the recipes `guess_number`, `twenty_questions` and `text_arena`, games for two, and `tinsmith play`. */
import { Commands, definePlugin, Engines, Games, Models, Recipes, Renderers } from '@tinsmith/core';
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
    provide(Commands, 'play', {
      deps: { engines: Engines, models: Models, renderers: Renderers, games: Games },
      async create(registries) {
        const { playCommand } = await import('./play/play.js');
        return playCommand(registries);
      },
    });
    provide(Games, 'TicTacToe-v0', {
      create: async () => (await import('./games/tic-tac-toe.js')).ticTacToe,
    });
    provide(Games, 'Nim-v0', { create: async () => (await import('./games/nim.js')).nim });
  },
});
