/** What is measured on the way: the test set, and what a recipe adds. */
import type { Metrics } from '@tinsmith/core';
import { isEvery } from '../cadence.js';
import { trajectoryMetrics } from '../metrics.js';
import type { PolicySnapshot } from './group-sampler.js';
import type { RlSession } from './session.js';

/** Of the weights before the step: the test set as `test/env/...`, sampled at temperature 1; then the recipe's evaluators. */
export async function evaluateIfDue(
  session: RlSession,
  policy: PolicySnapshot,
  step: number,
): Promise<Metrics> {
  const { run, options, test, training, evaluate } = session;
  const isDue = test !== undefined && isEvery(options.evalEvery, step);
  return {
    ...(isDue && (await run.span('run_evals', () => evaluateTest(session, policy, step)))),
    ...(await evaluate?.(step, training)),
  };
}

/** Keeps the samples of the test set apart from those of training. */
const TEST_SEED = 1;

async function evaluateTest(session: RlSession, policy: PolicySnapshot, step: number): Promise<Metrics> {
  const { test, sampler, rollouts } = session;
  const indices = Array.from({ length: test!.length }, (_, index) => index);
  const builders = (await Promise.all(indices.map(async index => test!.getBatch(index)))).flat();
  const ofTest = sampler.with({ temperature: 1 }); // failures are counted apart from those of training
  const groups = await ofTest.all(builders, policy, [step, TEST_SEED]);
  await rollouts.write(groups, { step, split: 'eval/test' });
  return Object.fromEntries(
    Object.entries(trajectoryMetrics(groups)).map(([key, value]) => [`test/${key}`, value]),
  );
}
