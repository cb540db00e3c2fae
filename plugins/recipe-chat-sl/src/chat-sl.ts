/**
 * Supervised fine-tuning on conversations: no_robots, Tulu 3 or your own. The loop is `trainSupervised`; what this recipe adds is
 * the data sets with their test sets, and evaluators at two cadences. It leaves out packing and mixtures of data sets.
 */
import { basename } from 'node:path';
import { defineRecipe, Engines, Evaluators, Models, Renderers, RowSources } from '@tinsmith/core';
import { allOrProblems, checkModelAndRenderer, floatText, openRenderer } from '@tinsmith/training/options';
import { checkChatData, openChatData } from './datasets.js';
import { openScheduled } from './evaluators.js';
import { chatSlOptions } from './options.js';

export const chatSl = defineRecipe({
  uses: { engine: Engines },
  deps: { models: Models, renderers: Renderers, rows: RowSources, evaluators: Evaluators },
  options: chatSlOptions,
  batchOptions: ['dataset', 'datasetConfig', 'trainSplit', 'testSize', 'batchSize'],

  runName({ dataset, modelName, loraRank, learningRate, batchSize }) {
    const model = modelName.replaceAll('/', '-');
    // Of a file or a repository its name alone: a name is not a path.
    return `${basename(dataset)}-${model}-${loraRank}rank-${floatText(learningRate)}lr-${batchSize}batch`;
  },

  async check(options, { models, renderers, rows, evaluators }) {
    await allOrProblems<unknown>([
      checkModelAndRenderer(options, { models, renderers }),
      openScheduled(options, evaluators),
      checkChatData(rows, options),
    ]);
  },

  async run(run, options, { engine, models, renderers, rows, evaluators }) {
    // For a run; a check needs none of it.
    const { conversationDataset, evaluationRound, heldOutDataset, trainSupervised } =
      await import('@tinsmith/training');
    const { batchSize, onEvaluatorError } = options;
    const maxLength = options.maxLength ?? Infinity;
    const tokenizer = await engine.getTokenizer(options.modelName);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });
    const { train, test, trainOnWhat } = await openChatData(rows, options, run.seed);
    const settings = { renderer, maxLength, trainOnWhat, batchSize };
    await trainSupervised(run, options, {
      engine,
      tokenizer,
      train: await conversationDataset(train, settings),
      test: test && (await heldOutDataset(test, settings)),
      evaluate: evaluationRound(run, {
        evaluators: await openScheduled(options, evaluators),
        renderer,
        tokenizer,
        onEvaluatorError,
      }),
    });
  },
});
