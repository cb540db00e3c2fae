/** What is measured on the way: the test set, and what a recipe adds. */
import type { Metrics, Run, SamplingClient } from '@tinsmith/core';
import { isEvery } from '../cadence.js';
import { trajectoryMetrics } from '../metrics.js';
import type { PolicySnapshot } from './group-sampler.js';
import type { RlSession } from './session.js';

export interface RlEvaluator {
  /** For messages and file names. */
  readonly name: string;
  /** Steps between evaluations; default: `evalEvery` of the options. 0: never. */
  readonly every?: number;
  /** Of the weights before the step. The metrics are logged under the names that they have here. */
  evaluate(
    policy: SamplingClient,
    context: { readonly run: Run; readonly step: number },
  ): Metrics | Promise<Metrics>;
}

/** All that is due before the step; the test set as `test/env/...`, sampled at temperature 1. */
export async function evaluateIfDue(
  session: RlSession,
  policy: PolicySnapshot,
  step: number,
): Promise<Metrics> {
  const { run, options, test, evaluators } = session;
  const due = evaluators.filter(({ every = options.evalEvery }) => isEvery(every, step));
  const isTestDue = test !== undefined && isEvery(options.evalEvery, step);
  if (!isTestDue && due.length === 0) return {};
  return run.span('run_evals', async () => {
    const metrics: Record<string, number> = isTestDue
      ? { ...(await evaluateTest(session, policy, step)) }
      : {};
    for (const evaluator of due)
      Object.assign(metrics, await evaluator.evaluate(policy.client, { run, step }));
    return metrics;
  });
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
