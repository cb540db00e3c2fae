/**
 * What on-policy distillation learns from: each token that the student wrote costs what the student finds it likelier than the
 * teacher does (cookbook-algorithms, section 10). Summed over the student's own samples that is an estimate of KL(student, teacher),
 * the reverse one, whose minimum is the teacher.
 */
import { type Datum, float32, type Metrics } from '@tinsmith/core';
import { discountedFutureSum, type KlPenaltyOptions } from '@tinsmith/training';

export interface ReverseKl {
  readonly data: readonly Datum[];
  /**
   * `teacher_kl`: the mean of log q - log p over sampled tokens, for the student q and the teacher p; `teacher_kl/dataset_0`, ...:
   * of each data set. Without a sampled token there is no mean.
   */
  readonly metrics: Metrics;
}

/**
 * A -= coefficient * (log q - log p) at sampled tokens. Not centred, unlike `addKlPenalty`: here the penalty is all there is to
 * learn from, and its mean says whether an answer as a whole is like the teacher's.
 *
 * Unlike the reference's, a discounted penalty does not spill onto tokens that the student did not sample.
 *
 * @param teacherLogprobs of the targets of each datum
 * @param datasets which data set each datum comes from, as an index
 */
export function subtractReverseKl(
  data: readonly Datum[],
  teacherLogprobs: readonly ArrayLike<number>[],
  { coefficient, discount = 0, datasets }: KlPenaltyOptions & { readonly datasets: readonly number[] },
): ReverseKl {
  const tokens = data.map(({ lossFnInputs }, index) => {
    const mask = lossFnInputs['mask']!.data;
    return Array.from(lossFnInputs['logprobs']!.data, (logprob, i) => ({
      isSampled: mask[i]! > 0,
      difference: mask[i]! > 0 ? logprob - teacherLogprobs[index]![i]! : 0,
    }));
  });
  const penalised = data.map(({ modelInput, lossFnInputs }, index): Datum => {
    const own = tokens[index]!.map(({ difference }) => -coefficient * difference);
    const penalties = discount > 0 ? discountedFutureSum(own, discount) : own;
    const advantages = Array.from(lossFnInputs['advantages']!.data, (advantage, i) =>
      tokens[index]![i]!.isSampled ? advantage + penalties[i]! : advantage,
    );
    return { modelInput, lossFnInputs: { ...lossFnInputs, advantages: float32(advantages) } };
  });

  const meanOf = (isPart: (index: number) => boolean) => {
    const sampled = tokens
      .filter((_, index) => isPart(index))
      .flatMap(row => row.filter(token => token.isSampled));
    return sampled.length === 0
      ? undefined
      : sampled.reduce((sum, { difference }) => sum + difference, 0) / sampled.length;
  };
  const means = [
    ['teacher_kl', meanOf(() => true)] as const,
    ...[...new Set(datasets)]
      .toSorted((one, other) => one - other)
      .map(
        dataset => [`teacher_kl/dataset_${dataset}`, meanOf(index => datasets[index] === dataset)] as const,
      ),
  ];
  return {
    data: penalised,
    metrics: Object.fromEntries(means.flatMap(([name, mean]) => (mean === undefined ? [] : [[name, mean]]))),
  };
}
