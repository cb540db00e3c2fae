/**
 * Reinforcement learning, from the first step to the last checkpoint: policy gradient with rewards centred within each group.
 * It is GRPO without the division by the standard deviation and, unless `lossFn` has one, without a ratio clip
 * (cookbook-algorithms, section 13). What else a recipe needs it gives as `toData` or `evaluators`.
 */
import type { Run } from '@tinsmith/core';
import type { RlLoopOptions } from '../options.js';
import { trainStep } from '../train-step.js';
import { evaluateIfDue } from './evaluate.js';
import { trainOffPolicy } from './off-policy.js';
import { type RlParts, type RlSession, withSession } from './session.js';
import { learnt, lookAt, stepMetrics } from './step-metrics.js';
import { trainOnStream } from './stream.js';
import { graded, trainingData } from './training-data.js';

/**
 * Three modes: step by step; `streamMinibatchConfig`: parts of a batch are trained on while the rest is still sampled;
 * `maxStepsOffPolicy`: sampling does not wait for updates at all. The last one goes before the second.
 */
export async function trainRl(run: Run, options: RlLoopOptions, parts: RlParts): Promise<void> {
  await withSession(run, options, parts, async session => {
    if (options.maxStepsOffPolicy !== undefined) await trainOffPolicy(session);
    else if (options.streamMinibatchConfig) await trainOnStream(session);
    else await trainStepByStep(session);
  });
}

async function trainStepByStep(session: RlSession): Promise<void> {
  const { run, options, train, training, sampler } = session;
  for (let step = session.start; step < session.end; step++) {
    const goOn = await run.step(step, async () => {
      // A new one each step: an old one keeps its old weights.
      const policy = { client: await training.saveWeightsAndGetSamplingClient(), step };
      const evaluation = await evaluateIfDue(session, policy, step);

      const builders = await run.span('get_batch', async () => train.getBatch(step));
      const sampled = await run.span('sampling', () => sampler.all(builders, policy, [step]));
      const groups = await graded(session, sampled, step);
      const before = { ...stepMetrics(session), ...evaluation };
      if (groups.length === 0) return before; // every group failed: there is nothing to learn from

      const { data, metrics } = await trainingData(session, groups, step);
      const rolledOut = { ...before, ...(await lookAt(session, groups, step)), ...metrics };
      if (data.length === 0) return rolledOut;
      const update = await run.span('train', () => trainStep(training, data, options));
      return { ...rolledOut, ...(await learnt(session, data, update)) };
    });
    if (!(await session.saveAfter(step, goOn))) return;
  }
  await session.finish();
}
