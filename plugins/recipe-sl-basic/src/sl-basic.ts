/**
 * Supervised fine-tuning on conversations: a template. What is yours to change is where the conversations come
 * from; the loop is `trainSupervised`.
 */
import { defineRecipe, Engines, Models, Renderers, RowSources } from '@tinsmith/core';
import {
  allOrProblems,
  checkConversations,
  checkModelAndRenderer,
  openRenderer,
} from '@tinsmith/training/options';
import { openConversations } from './conversations.js';
import { slBasicOptions } from './options.js';

export const slBasic = defineRecipe({
  uses: { engine: Engines },
  deps: { models: Models, renderers: Renderers, rows: RowSources },
  options: slBasicOptions,
  batchOptions: ['dataset', 'datasetConfig', 'trainSplit', 'testSize', 'batchSize'],

  async check(options, { models, renderers, rows }) {
    const { dataset: source, datasetConfig: config, trainSplit: split } = options;
    await allOrProblems([
      checkModelAndRenderer(options, { models, renderers }),
      checkConversations(rows, { source, config, split }),
    ]);
  },

  async run(run, options, { engine, models, renderers, rows }) {
    // For a run; a check needs none of it.
    const { conversationDataset, heldOutDataset, trainSupervised } = await import('@tinsmith/training');
    const { batchSize, maxLength, trainOnWhat } = options;
    const tokenizer = await engine.getTokenizer(options.modelName);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer });
    const { train, test } = await openConversations(rows, options, run.seed);

    const settings = { renderer, maxLength, trainOnWhat, batchSize };
    await trainSupervised(run, options, {
      engine,
      tokenizer,
      train: await conversationDataset(train, settings),
      test: test && (await heldOutDataset(test, settings)),
    });
  },
});
