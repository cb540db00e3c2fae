/**
 * Reinforcement learning on a task: a template. What is yours to change is the environment, which another plugin or
 * a file of your own can provide; the loop is `trainRl`.
 */
import { defineRecipe, Engines, Environments, Models, Renderers } from '@tinsmith/core';
import { checkModelAndEnvironment } from '@tinsmith/training/options';
import { rlBasicOptions } from './options.js';

export const rlBasic = defineRecipe({
  uses: { engine: Engines, env: Environments },
  deps: { models: Models, renderers: Renderers, environments: Environments },
  options: rlBasicOptions,
  batchOptions: ['env', 'envOptions', 'groupSize', 'groupsPerBatch'],
  check: checkModelAndEnvironment,

  async run(run, options, parts) {
    const { openEnvironment, trainRl } = await import('@tinsmith/training'); // for a run; a check needs none of it
    const { train, test } = await openEnvironment(run, options, parts);
    await trainRl(run, options, { engine: parts.engine, train, test, batchOption: 'groupsPerBatch' });
  },
});
