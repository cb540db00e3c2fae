/**
 * Reinforcement learning on a task: a template. What is yours to change is the environment, which another plugin or
 * a file of your own can provide; the loop is `trainRl`.
 */
import { defineRecipe, Engines, Environments, Models, Renderers } from '@tinsmith/core';
import { checkModelAndEnvironment, openRenderer, parseEnvOptions } from '@tinsmith/training/options';
import { rlBasicOptions } from './options.js';

export const rlBasic = defineRecipe({
  uses: { engine: Engines, env: Environments },
  deps: { models: Models, renderers: Renderers, environments: Environments },
  options: rlBasicOptions,
  batchOptions: ['env', 'envOptions', 'groupSize', 'groupsPerBatch'],
  check: checkModelAndEnvironment,

  async run(run, options, { engine, env, models, renderers }) {
    const tokenizer = await engine.getTokenizer(options.modelName);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer });
    const { train, test } = await env.createDataset({
      renderer,
      tokenizer,
      groupSize: options.groupSize,
      groupsPerBatch: options.groupsPerBatch,
      seed: run.seed,
      options: await parseEnvOptions(env, options.envOptions),
    });
    const { trainRl } = await import('@tinsmith/training'); // for a run; a check needs none of it
    await trainRl(run, options, { engine, train, test });
  },
});
