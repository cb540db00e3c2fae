/**
 * On-policy reinforcement learning on problems whose answers can be checked. The loop is `trainRl`: policy gradient with
 * rewards centred within each group.
 */
import { defineRecipe, Engines, Environments, Models, Renderers } from '@tinsmith/core';
import {
  checkModelAndEnvironment,
  floatText,
  openRenderer,
  parseEnvOptions,
} from '@tinsmith/training/options';
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

  async run(run, options, { engine, env, models, renderers }) {
    const tokenizer = await engine.getTokenizer(options.modelName);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });
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
