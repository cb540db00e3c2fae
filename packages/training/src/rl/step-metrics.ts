/** What a step of reinforcement learning says about itself, in all modes. */
import type { Datum, Metrics, TrajectoryGroup } from '@tinsmith/core';
import { klPrePost, klSampleTrain, scoreTargets } from '../kl.js';
import { trajectoryMetrics } from '../metrics.js';
import { samplingRatios } from '../mismatch.js';
import type { TrainStepResult } from '../train-step.js';
import type { RlSession } from './session.js';

/** Known before anything is learnt from. */
export const stepMetrics = ({ options, sampler }: RlSession): Metrics => ({
  'optim/lr': options.learningRate,
  ...sampler.errors.metrics(),
});

/** What the rollouts of a step were like; they are written to the run folder. */
export async function lookAt(
  { contrast, rollouts }: RlSession,
  groups: readonly TrajectoryGroup[],
  step: number,
): Promise<Metrics> {
  contrast?.look(groups);
  await rollouts.write(groups, { step, split: 'train' });
  return trajectoryMetrics(groups);
}

/** What an update did, and whether sampler and trainer agree. */
export async function learnt(
  { run, options, training, policy }: RlSession,
  data: readonly Datum[],
  { trainingLogprobs, metrics }: TrainStepResult,
): Promise<Metrics> {
  policy.version += Math.min(options.numSubsteps, data.length);
  const postKl = options.computePostKl
    ? await run.span('compute_post_kl', async () => {
        const updated = await training.saveWeightsAndGetSamplingClient();
        return klPrePost(data, await scoreTargets(updated, data));
      })
    : {};
  return {
    ...klSampleTrain(data, trainingLogprobs),
    ...samplingRatios(data, trainingLogprobs, options),
    ...metrics,
    ...postKl,
  };
}
