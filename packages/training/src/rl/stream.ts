/**
 * The stream mode: a batch is cut into minibatches, and each is handed to the engine as soon as it has been sampled, while the
 * rest still is. The weights are updated once per substep, so a step learns the same as step by step.
 *
 * Unlike the reference's, minibatches are filled in the order of the batch and not of completion: a seed repeats the run.
 */
import type { Datum, ForwardBackwardOutput, Metrics, OptimStepOutput, TrajectoryGroup } from '@tinsmith/core';
import { dictMean, samplingMetrics } from '../metrics.js';
import { groupsPerMinibatch, minibatchPlan } from '../schedules.js';
import { collectUpdate, submitPass, submitUpdate } from '../train-step.js';
import { evaluateIfDue } from './evaluate.js';
import type { RlSession } from './session.js';
import { learnt, lookAt, stepMetrics } from './step-metrics.js';
import { graded, trainingData } from './training-data.js';

export async function trainOnStream(session: RlSession): Promise<void> {
  const { run, options, train, training, sampler } = session;
  const { numMinibatches } = options.streamMinibatchConfig!;
  groupsPerMinibatch((await train.getBatch(0)).length, { ...options, numMinibatches }); // throws if it is uneven
  for (let step = session.start; step < session.end; step++) {
    const goOn = await run.step(step, async () => {
      const policy = { client: await training.saveWeightsAndGetSamplingClient(), step };
      const evaluation = await evaluateIfDue(session, policy, step);
      const builders = await run.span('get_batch', async () => train.getBatch(step));
      const arriving = builders.map((builder, index) => {
        const arrival = sampler.one(builder, policy, { seedParts: [step, index], name: `group ${index}` });
        arrival.catch(() => {}); // heard when its turn comes
        return arrival;
      });

      const all = { groups: [] as TrajectoryGroup[], data: [] as Datum[], metrics: [] as Metrics[] };
      const passes: Promise<ForwardBackwardOutput>[] = [];
      const updates: Promise<OptimStepOutput>[] = [];
      await run.span('sampling', async () => {
        for (const substep of minibatchPlan(arriving, { ...options, numMinibatches })) {
          const passesBefore = passes.length;
          for (const minibatch of substep) {
            const there = (await Promise.all(minibatch)).flatMap(group => (group ? [group] : []));
            const groups = await graded(session, there, step);
            all.groups.push(...groups);
            if (groups.length === 0) continue;
            const { data, metrics } = await trainingData(session, groups, step);
            if (data.length === 0) continue;
            passes.push(submitPass(training, data, options));
            all.data.push(...data);
            all.metrics.push(metrics);
          }
          if (passes.length > passesBefore) updates.push(submitUpdate(training, options));
        }
      });

      const before = { ...stepMetrics(session), ...evaluation };
      if (all.groups.length === 0) return before;
      const rolledOut = {
        ...before,
        ...samplingMetrics(all.groups),
        ...(await lookAt(session, all.groups, step)),
        ...dictMean(all.metrics),
      };
      if (updates.length === 0) return rolledOut;
      const update = await run.span('train', () => collectUpdate(passes, updates));
      return { ...rolledOut, ...(await learnt(session, all.data, update)) };
    });
    if (!(await session.saveAfter(step, goOn))) return;
  }
  await session.finish();
}
