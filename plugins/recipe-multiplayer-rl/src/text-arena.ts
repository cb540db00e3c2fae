/**
 * Self-play: a model learns a game for two by playing both seats, and is measured against fixed opponents. What one seat wins the
 * other one loses, so each game is its own comparison. The loop is `trainRl`; a game is whatever a plugin provides.
 */
import { defineRecipe, Engines, Games, Models, Renderers, TinsmithError, textOf } from '@tinsmith/core';
import { allOrProblems, checkModelAndRenderer, floatText, openRenderer } from '@tinsmith/training/options';
import type { Player } from './games/players.js';
import { textArenaOptions, type TextArenaOptions } from './options.js';

export const textArena = defineRecipe({
  uses: { engine: Engines, gameName: Games },
  deps: { models: Models, renderers: Renderers },
  options: textArenaOptions,
  batchOptions: ['gameName', 'batchSize'],

  runName({ modelName, gameName, batchSize, learningRate }) {
    const game = gameName.toLowerCase().replace('-v0', '');
    return `${modelName.replaceAll('/', '-')}-${game}-${batchSize}batch-${floatText(learningRate)}lr`;
  },

  async check(options, registries) {
    await allOrProblems<unknown>([
      checkModelAndRenderer(options, registries),
      Promise.resolve().then(() => refuseTooFew(options)),
    ]);
  },

  async run(run, options, { engine, gameName: game, models, renderers }) {
    const [{ mixSeed, trainRl }, { opponentsDataset, selfPlayDataset }, players, { openFixedModel }] =
      await Promise.all([
        import('@tinsmith/training'), // for a run; a check needs none of it
        import('./arena/arena-dataset.js'),
        import('./games/players.js'),
        import('./fixed-model.js'),
      ]);
    const registries = { models, renderers };
    const tokenizer = await engine.getTokenizer(options.modelName);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, registries, { tokenizer, onWarning });

    const baseModel = async (): Promise<Player> => {
      const { opponentMaxTokens: maxTokens } = options;
      const fixed = { choice: options, maxTokens, stop: game.stop, part: 'opponent' } as const;
      const model = await openFixedModel(engine, fixed, registries);
      return async (position, { seed }) => {
        const content = position.observe(position.turn!);
        return textOf(await model([{ role: 'user', content }], seed));
      };
    };
    const open = {
      base_model: baseModel,
      random: async () => players.randomPlayer,
      optimal: async () => players.optimalPlayer(game.start(0)),
    };
    const opponents = new Map<string, Player>();
    for (const name of [options.testOpponent].flat()) opponents.set(name, await open[name]());

    const arena = (split: number) => ({ game, renderer, seed: mixSeed(run.seed, split) });
    const { numTrainDatapoints, numTestDatapoints, batchSize } = options;
    await trainRl(run, options, {
      engine,
      train: selfPlayDataset(arena(0), { seats: numTrainDatapoints, batchSize }),
      test: opponentsDataset(arena(1), { seats: numTestDatapoints, opponents }),
    });
  },
});

function refuseTooFew({ numTrainDatapoints, batchSize }: TextArenaOptions): void {
  if (numTrainDatapoints >= batchSize) return;
  throw new TinsmithError({
    code: 'GAMES_TOO_FEW',
    message: 'there are not enough games for one batch',
    at: 'recipe.with.batchSize',
    found: `${numTrainDatapoints} seats to train on, and batchSize ${batchSize}`,
    fix: 'a smaller batchSize, or a larger numTrainDatapoints',
  });
}
