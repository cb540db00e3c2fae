/**
 * A model learns to guess a number from `Too low` and `Too high`, that is, to search by halving. The game is guess-number-game.ts;
 * the loop is `trainRl`.
 */
import { defineRecipe, Engines, Models, Renderers, TinsmithError } from '@tinsmith/core';
import { allOrProblems, checkModelAndRenderer, openRenderer } from '@tinsmith/training/options';
import { guessNumberOptions, type GuessNumberOptions } from './options.js';
import { runNameOf } from './run-name.js';

export const guessNumber = defineRecipe({
  uses: { engine: Engines },
  deps: { models: Models, renderers: Renderers },
  options: guessNumberOptions,
  batchOptions: ['upperBound', 'maxTurns', 'trainFraction', 'numEpochs', 'batchSize', 'groupSize'],
  runName: runNameOf,

  async check(options, registries) {
    await allOrProblems<unknown>([
      checkModelAndRenderer(options, registries),
      Promise.resolve().then(() => refuseTooFew(options)),
    ]);
  },

  async run(run, options, { engine, models, renderers }) {
    const [{ trainRl }, { gameDataset, repeated, testDataset }, game] = await Promise.all([
      import('@tinsmith/training'), // for a run; a check needs none of it
      import('./game-dataset.js'),
      import('./guess-number-game.js'),
    ]);
    const tokenizer = await engine.getTokenizer(options.modelName);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });

    const { batchSize, groupSize, testGroupSize, upperBound, maxTurns } = options;
    run.log(
      `guess_number: the best strategy wins ${(100 * game.bestWinRate(options)).toFixed(1)} % ` +
        `of games over ${upperBound} numbers in ${maxTurns} guesses`,
    );
    const numbers = game.splitNumbers(upperBound, options.trainFraction);
    const newGame = (target: number) => game.guessNumberGame(target, options);
    const secrets = repeated(numbers.train, options.numEpochs);
    await trainRl(run, options, {
      engine,
      train: gameDataset({ renderer, secrets, batchSize, groupSize, newGame }),
      test: testDataset({ renderer, secrets: numbers.test, groupSize: testGroupSize, newGame }),
    });
  },
});

function refuseTooFew({ upperBound, trainFraction, numEpochs, batchSize }: GuessNumberOptions): void {
  const train = Math.trunc(upperBound * trainFraction);
  if (train * numEpochs >= batchSize) return;
  throw new TinsmithError({
    code: 'GAMES_TOO_FEW',
    message: 'there are not enough numbers for one batch',
    at: 'recipe.with.batchSize',
    found: `${train} numbers to train on, ${numEpochs} times, and batchSize ${batchSize}`,
    fix: 'a smaller batchSize, or more numEpochs',
  });
}
