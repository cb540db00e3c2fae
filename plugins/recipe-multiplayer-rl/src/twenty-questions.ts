/**
 * A model learns to ask for a word that another model knows. The other one is fixed: it answers from its base weights or from a
 * checkpoint, on the same engine or on another. The game is twenty-questions-game.ts; the loop is `trainRl`.
 */
import { amend, defineRecipe, Engines, Models, Renderers, TinsmithError } from '@tinsmith/core';
import {
  allOrProblems,
  checkModelAndRenderer,
  chooseEngine,
  chooseRendererName,
  openRenderer,
  type RendererRegistries,
} from '@tinsmith/training/options';
import { openFixedModel } from './fixed-model.js';
import { THE_COOKBOOKS_ANSWERER, twentyQuestionsOptions, type TwentyQuestionsOptions } from './options.js';
import { runNameOf } from './run-name.js';

export const twentyQuestions = defineRecipe({
  uses: { engine: Engines },
  deps: { engines: Engines, models: Models, renderers: Renderers },
  options: twentyQuestionsOptions,
  batchOptions: ['words', 'numEpochs', 'batchSize', 'groupSize'],
  runName: runNameOf,

  async check(options, { engines, ...registries }) {
    await allOrProblems<unknown>([
      checkModelAndRenderer(options, registries),
      (async () =>
        options.answererEngine !== undefined &&
        chooseEngine(options.answererEngine, engines, 'recipe.with.answererEngine'))(),
      checkAnswererRenderer(options, registries),
      readSecrets(options),
    ]);
  },

  async run(run, options, { engine, engines, models, renderers }) {
    const [{ mixSeed, trainRl }, { gameDataset, testDataset }, { twentyQuestionsGame }] = await Promise.all([
      import('@tinsmith/training'), // for a run; a check needs little of it
      import('./game-dataset.js'),
      import('./twenty-questions-game.js'),
    ]);
    const registries = { models, renderers };
    const tokenizer = await engine.getTokenizer(options.modelName);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, registries, { tokenizer, onWarning });
    const { answererEngine } = options;
    const other = answererEngine === undefined ? engine : await engines.get(answererEngine);
    const answerer = await openFixedModel(
      other,
      {
        choice: answererChoice(options),
        modelPath: options.answererCheckpointPath,
        maxTokens: options.answererMaxTokens,
        part: 'answerer',
      },
      registries,
    );

    const secrets = await readSecrets(options);
    const games = (split: number) => (word: string, place: { group: number; member: number }) =>
      twentyQuestionsGame(word, (messages, turn) =>
        answerer(messages, mixSeed(run.seed, split, place.group, place.member, turn)),
      );
    const { batchSize, groupSize, testGroupSize } = options;
    await trainRl(run, options, {
      engine,
      train: gameDataset({ renderer, secrets: secrets.train, batchSize, groupSize, newGame: games(0) }),
      test: testDataset({ renderer, secrets: secrets.test, groupSize: testGroupSize, newGame: games(1) }),
    });
  },
});

function answererChoice({ answererModel, answererRendererName, anyRenderer }: TwentyQuestionsOptions) {
  const theirs = answererModel === THE_COOKBOOKS_ANSWERER ? 'qwen3_5_disable_thinking' : undefined;
  return { modelName: answererModel, rendererName: answererRendererName ?? theirs, anyRenderer };
}

async function checkAnswererRenderer(
  options: TwentyQuestionsOptions,
  registries: RendererRegistries,
): Promise<void> {
  try {
    await chooseRendererName(answererChoice(options), registries);
  } catch (error) {
    if (!TinsmithError.is(error)) throw error;
    throw amend(error, {
      at: 'recipe.with.answererRendererName',
      fix: error.fix?.replace('rendererName', 'answererRendererName'),
    });
  }
}

/** @throws WORDS_UNREADABLE, GAMES_TOO_FEW */
async function readSecrets({ words, numEpochs, batchSize }: TwentyQuestionsOptions) {
  const [{ splitWords }, { repeated }] = await Promise.all([
    import('./words.js'),
    import('./game-dataset.js'),
  ]);
  const { train, test } = splitWords(words);
  if (train.length * numEpochs < batchSize) {
    throw new TinsmithError({
      code: 'GAMES_TOO_FEW',
      message: 'there are not enough words for one batch',
      at: 'recipe.with.batchSize',
      found: `${train.length} words to train on, ${numEpochs} times, and batchSize ${batchSize}`,
      fix: 'a smaller batchSize, or more numEpochs',
    });
  }
  return { train: repeated(train, numEpochs), test };
}
