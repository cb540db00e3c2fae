/**
 * On-policy reinforcement learning on problems whose answers can be checked. The loop is `trainRl`: policy gradient with
 * rewards centred within each group.
 */
import { defineRecipe, Engines, Environments, Models, Renderers } from '@tinsmith/core';
import { checkModelAndEnvironment, floatText } from '@tinsmith/training/options';
import { mathRlOptions } from './options.js';

export const mathRl = defineRecipe({
  uses: { engine: Engines, env: Environments },
  deps: { models: Models, renderers: Renderers, environments: Environments },
  options: mathRlOptions,
  batchOptions: ['env', 'envOptions', 'groupSize', 'groupsPerBatch'],
  check: checkModelAndEnvironment,

  runName({ env, modelName, loraRank, learningRate, groupSize, groupsPerBatch, lossFn }, { seed }) {
    const size = `${groupSize}group-${groupsPerBatch}batch`;
    const model = modelName.replaceAll('/', '-');
    return `${env}-${model}-${loraRank}rank-${floatText(learningRate)}lr-${size}-${lossFn}-seed${seed}`;
  },

  async run(run, options, parts) {
    const { openEnvironment, trainRl } = await import('@tinsmith/training'); // for a run; a check needs none of it
    const { train, test } = await openEnvironment(run, options, parts);
    await trainRl(run, options, { engine: parts.engine, train, test, batchOption: 'groupsPerBatch' });
  },
});
