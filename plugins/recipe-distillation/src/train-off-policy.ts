/**
 * Supervised training on texts of a teacher, with its likeliest tokens as soft targets if so many are wanted. The loop is
 * `trainSupervised`.
 */
import type { Datum, Metrics, Run, SamplingClient } from '@tinsmith/core';
import {
  sideBySide,
  type SupervisedDataset,
  type SupervisedLoopOptions,
  type SupervisedParts,
  trainSupervised,
} from '@tinsmith/training';
import { askSoftTargets, softTargetKl } from './soft-targets.js';

/** Batches of hard targets, and what can be said about one. */
export interface Texts extends SupervisedDataset {
  count?(data: readonly Datum[]): Metrics;
  forwardKl?(data: readonly Datum[], logprobs: readonly ArrayLike<number>[]): Metrics;
}

export interface OffPolicyLoopOptions extends SupervisedLoopOptions {
  /** How many tokens stand for each; null: the one of the text. */
  readonly softTargets: number | null;
  /** Requests to the teacher at the same time. */
  readonly teacherConcurrency: number;
}

export interface OffPolicyParts extends Omit<SupervisedParts, 'train' | 'measure'> {
  readonly texts: Texts;
  /** Needed for soft targets. */
  readonly teacher: SamplingClient | undefined;
}

export async function trainOffPolicy(
  run: Run,
  options: OffPolicyLoopOptions,
  { texts, teacher, ...parts }: OffPolicyParts,
): Promise<void> {
  const { softTargets: count, teacherConcurrency } = options;
  if (count === null || !teacher) {
    const measure = (data: readonly Datum[], logprobs: readonly ArrayLike<number>[]) => ({
      ...texts.count?.(data),
      ...texts.forwardKl?.(data, logprobs),
    });
    return trainSupervised(run, options, { ...parts, train: texts, measure });
  }

  const textOf = new WeakMap<Datum, Datum>();
  const soften = async (datum: Datum, _: number, signal: AbortSignal) => {
    const soft = await askSoftTargets(datum, teacher, { count, signal });
    textOf.set(soft, datum);
    return soft;
  };
  await trainSupervised(run, options, {
    ...parts,
    train: {
      length: texts.length,
      async getBatch(epoch, index) {
        const hard = await texts.getBatch(epoch, index);
        return run.span('teacher_logprobs', () =>
          sideBySide(hard, { limit: teacherConcurrency, signal: run.signal }, soften),
        );
      },
    },
    measure: (data, logprobs) => ({
      ...texts.count?.(data.map(datum => textOf.get(datum)!)),
      ...softTargetKl(data, logprobs),
    }),
  });
}
