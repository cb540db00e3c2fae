/**
 * Reinforcement learning from human feedback in its three classical stages (Ouyang et al. 2022): the model learns to answer, a reward
 * model learns which of two answers people prefer, and the model learns to give answers that the reward model prefers. It leaves out
 * a KL penalty and a value model: answers to the same prompt are compared with each other.
 */
import { basename, isAbsolute } from 'node:path';
import { defineRecipe, Engines, Judges, Models, Renderers, RowSources } from '@tinsmith/core';
import { allOrProblems, checkConversations, checkModelAndRenderer } from '@tinsmith/training/options';
import { checkComparisons } from '../data/open-comparisons.js';
import { checkJudge } from './judge-choice.js';
import { rlhfOptions } from './options.js';

export const rlhf = defineRecipe({
  uses: { engine: Engines },
  deps: { engines: Engines, judges: Judges, models: Models, renderers: Renderers, rows: RowSources },
  options: rlhfOptions,
  batchOptions: [
    'sftDataset',
    'sftDatasetConfig',
    'sftTrainSplit',
    'sftTestSize',
    'dataset',
    'datasetSource',
    'trainSplit',
    'testSplit',
    'testSize',
    'batchSize',
    'rlBatchSize',
    'rlGroupSize',
  ],

  runName({ shortName, modelName }) {
    return `rlhf-${shortName ?? (isAbsolute(modelName) ? basename(modelName) : modelName).replaceAll('/', '-')}`;
  },

  async check(options, { judges, models, renderers, rows }) {
    const { sftDataset: source, sftDatasetConfig: config, sftTrainSplit: split } = options;
    const { runSft, runRm, runRl } = options;
    await allOrProblems<unknown>([
      checkModelAndRenderer(options, { models, renderers }),
      checkJudge(options, judges),
      ...(runSft ? [checkConversations(rows, { source, config, split })] : []),
      ...(runRm || runRl ? [checkComparisons(rows, options)] : []),
    ]);
  },

  async run(run, options, used) {
    const [{ stagesOf }, { openRlhf }, stage, { readSummary, summarise }] = await Promise.all([
      import('@tinsmith/training'), // for a run; a check needs none of it
      import('./open.js'),
      import('./stages.js'),
      import('./summary.js'),
    ]);
    const earlier = await readSummary(run.directory);
    const parts = await openRlhf(run, options, used);
    const { rm, rl } = parts.steps; // 0 for a stage that is left out
    const stages = stagesOf(run);

    if (parts.sftData) {
      await stage.learnToAnswer(await stages.open('sft', { stepsAfter: rm + rl }), options, parts);
      if (stages.isStopped) return;
    }
    if (parts.rmData) {
      await stage.learnToJudge(await stages.open('rm', { stepsAfter: rl }), options, parts);
      if (stages.isStopped) return;
    }
    if (options.runRl) {
      await stage.learnToPlease(await stages.open('rl', { stepsAfter: 0 }), options, parts);
      if (stages.isStopped) return;
    }
    await summarise(run, options, parts, earlier);
  },
});
