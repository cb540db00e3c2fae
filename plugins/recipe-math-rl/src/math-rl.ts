/**
 * On-policy reinforcement learning on problems whose answers can be checked: policy gradient with rewards
 * centred within each group. It is GRPO without the division by the standard deviation, without a ratio clip
 * (unless `lossFn` has one) and without a KL term.
 */
import {
  DataAssembled,
  defineRecipe,
  Engines,
  Environments,
  Models,
  Renderers,
  RolloutsGraded,
} from '@tinsmith/core';
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
  check: checkModelAndEnvironment,

  runName({ env, modelName, loraRank, learningRate, groupSize, groupsPerBatch, lossFn }, { seed }) {
    const size = `${groupSize}group-${groupsPerBatch}batch`;
    const model = modelName.replaceAll('/', '-');
    return `${env}-${model}-${loraRank}rank-${floatText(learningRate)}lr-${size}-${lossFn}-seed${seed}`;
  },

  async run(run, options, { engine, env, models, renderers }) {
    const {
      assembleTrainingData,
      computeAdvantages,
      klSampleTrain,
      mixSeed,
      openTraining,
      removeConstantGroups,
      rollOutGroup,
      trainStep,
      trajectoryMetrics,
    } = await import('@tinsmith/training'); // for a run; a check needs none of it
    const { modelName, maxTokens, temperature, learningRate, saveEvery, ttlSeconds } = options;

    const tokenizer = await engine.getTokenizer(modelName);
    const renderer = await openRenderer(
      options,
      { models, renderers },
      { tokenizer, onWarning: line => run.log(line) },
    );
    const { train } = await env.createDataset({
      renderer,
      tokenizer,
      groupSize: options.groupSize,
      groupsPerBatch: options.groupsPerBatch,
      seed: run.seed,
      options: await parseEnvOptions(env, options.envOptions),
    });
    const start = run.checkpoints.last?.batch ?? 0;
    const end = Math.min(train.length, options.maxSteps ?? Infinity);
    if (start >= end) return run.log(`already complete: ${start} of ${end} steps are done`);
    run.plan(end);
    const training = await openTraining(engine, run, options);

    for (let step = start; step < end; step++) {
      const goOn = await run.step(step, async () => {
        // A new one each step: an old one keeps its old weights.
        const policy = await training.saveWeightsAndGetSamplingClient();
        const problems = await train.getBatch(step);

        const sampled = await run.span('sampling', () =>
          Promise.all(
            problems.map((problem, index) => {
              const seed = mixSeed(run.seed, step, index);
              return rollOutGroup(problem, policy, { maxTokens, temperature, seed, signal: run.signal });
            }),
          ),
        );
        const groups = await run.hooks.transform(RolloutsGraded, sampled, { step });

        const kept = options.removeConstantRewardGroups ? removeConstantGroups(groups) : groups;
        const assembled = assembleTrainingData(kept, computeAdvantages(kept));
        const data = await run.hooks.transform(DataAssembled, assembled.data, { step });
        const update = await run.span('train', () => trainStep(training, data, options));

        return {
          'optim/lr': learningRate,
          ...trajectoryMetrics(groups),
          ...klSampleTrain(data, update.trainingLogprobs),
          ...update.metrics,
        };
      });

      const batch = step + 1; // the next one to run
      const isStopped = !goOn && batch < end;
      if (isStopped || (saveEvery > 0 && batch % saveEvery === 0)) {
        const name = String(batch).padStart(6, '0');
        await run.checkpoints.save(training, { name, batch, ...(ttlSeconds !== null && { ttlSeconds }) });
      }
      if (isStopped) return;
    }
    await run.checkpoints.save(training, { name: 'final', batch: end }); // kept for good
  },
});
