/**
 * Direct preference optimisation on comparisons: the recipe. The loop is in `train-dpo.ts`; here are the data, the chat format and the
 * evaluators.
 */
import { basename, isAbsolute } from 'node:path';
import { defineRecipe, Engines, Evaluators, Models, Renderers, RowSources } from '@tinsmith/core';
import {
  allOrProblems,
  checkModelAndRenderer,
  floatText,
  openEvaluators,
  openRenderer,
} from '@tinsmith/training/options';
import { checkComparisons, openComparisons } from '../data/open-comparisons.js';
import { skippedRows } from '../data/skipped-rows.js';
import { dpoOptions } from './options.js';

const EVALUATORS = 'recipe.with.evaluators';
const INFREQUENT = 'recipe.with.infrequentEvaluators';

export const dpo = defineRecipe({
  uses: { engine: Engines },
  deps: { models: Models, renderers: Renderers, rows: RowSources, evaluators: Evaluators },
  options: dpoOptions,
  batchOptions: ['dataset', 'datasetSource', 'trainSplit', 'testSplit', 'testSize', 'batchSize'],

  runName({ dataset, modelName, learningRate, batchSize }) {
    const model = modelName.replaceAll('/', '-');
    const data = isAbsolute(dataset) ? basename(dataset) : dataset; // where it is on this machine tells no runs apart
    return `${data}-${model}-${floatText(learningRate)}lr-${batchSize}batch`;
  },

  async check(options, { models, renderers, rows, evaluators }) {
    await allOrProblems<unknown>([
      checkModelAndRenderer(options, { models, renderers }),
      openEvaluators(options.evaluators, evaluators, EVALUATORS),
      openEvaluators(options.infrequentEvaluators, evaluators, INFREQUENT),
      checkComparisons(rows, options),
    ]);
  },

  async run(run, options, { engine, models, renderers, rows, evaluators }) {
    // For a run; a check needs none of it.
    const [{ comparisonDataset, dpoData, evaluationRound }, { trainDpo }] = await Promise.all([
      import('@tinsmith/training'),
      import('./train-dpo.js'),
    ]);
    const { batchSize, evalEvery, infrequentEvalEvery, onEvaluatorError } = options;
    const maxLength = options.maxLength ?? Infinity;
    const tokenizer = await engine.getTokenizer(options.modelName);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });
    const { train, test, read } = await openComparisons(rows, options, run.seed);
    const pairs = {
      read,
      toData: dpoData({ renderer, maxLength }),
      onSkipped: skippedRows(onWarning),
    };
    const [often, seldom] = await Promise.all([
      openEvaluators(options.evaluators, evaluators, EVALUATORS),
      openEvaluators(options.infrequentEvaluators, evaluators, INFREQUENT),
    ]);
    const scheduled = [
      ...often.map(evaluator => ({ evaluator, every: evalEvery })),
      ...seldom.map(evaluator => ({ evaluator, every: infrequentEvalEvery })),
    ];
    await trainDpo(run, options, {
      engine,
      tokenizer,
      train: comparisonDataset(train, { ...pairs, batchSize }),
      // As in the reference the whole test set is one batch.
      test:
        test && evalEvery > 0
          ? await comparisonDataset(test, { ...pairs, batchSize: test.length, isShuffled: false }).getBatch(
              0,
              0,
            )
          : undefined,
      evaluate: evaluationRound(run, { evaluators: scheduled, renderer, tokenizer, onEvaluatorError }),
    });
  },
});
