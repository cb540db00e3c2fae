/** The evaluators of the options, at their two cadences. */
import type { EvaluatorSource, Registry } from '@tinsmith/core';
import type { ScheduledEvaluator } from '@tinsmith/training';
import { allOrProblems, type EvaluatorList, openEvaluators } from '@tinsmith/training/options';
import type { ChatSlOptions } from './options.js';

type Choice = Pick<
  ChatSlOptions,
  'evaluators' | 'infrequentEvaluators' | 'inlineEvals' | 'evalEvery' | 'infrequentEvalEvery'
>;

/** The settings of the reference. */
const INSPECT: EvaluatorList = ['gsm8k', 'ifeval'].map(use => ({
  use,
  with: { temperature: 0.6, maxTokens: 1000, concurrency: 512 },
}));

/** @throws what `openEvaluators` does, of both lists */
export async function openScheduled(
  options: Choice,
  registry: Registry<EvaluatorSource>,
): Promise<ScheduledEvaluator[]> {
  const { evaluators, infrequentEvaluators, inlineEvals, evalEvery, infrequentEvalEvery } = options;
  const lists = [
    { list: evaluators, at: 'evaluators', every: evalEvery },
    { list: infrequentEvaluators, at: 'infrequentEvaluators', every: infrequentEvalEvery },
    { list: inlineEvals === null ? [] : INSPECT, at: 'inlineEvals', every: infrequentEvalEvery },
  ];
  const opened = await allOrProblems(
    lists.map(async ({ list, at, every }) => {
      const found = await openEvaluators(list, registry, `recipe.with.${at}`);
      return found.map(evaluator => ({ evaluator, every }));
    }),
  );
  return opened.flat();
}
