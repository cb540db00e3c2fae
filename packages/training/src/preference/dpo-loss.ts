/**
 * Direct preference optimisation: the loss and its gradients (cookbook-algorithms, section 9; Rafailov et al. 2023). Data holds
 * pairs: the preferred answer at even places, the other behind it. Knows nothing of models.
 */
import { type CustomLoss, type CustomLossFn, type Datum } from '@tinsmith/core';

export interface DpoSide {
  /** Of the targets under the policy. */
  readonly logprobs: ArrayLike<number>;
  /** Of the same targets under the reference. */
  readonly referenceLogprobs: ArrayLike<number>;
  /** Of the targets: 1 for the answer, 0 for what it answers. */
  readonly weights: ArrayLike<number>;
}

export interface DpoPair {
  readonly chosen: DpoSide;
  readonly rejected: DpoSide;
}

export interface DpoLoss {
  /** mean(-log sigmoid(beta (d_chosen - d_rejected))), for d = sum of weight (log p - log p of the reference). */
  readonly loss: number;
  /** Per pair dLoss/dlogprobs. */
  readonly gradients: readonly { readonly chosen: number[]; readonly rejected: number[] }[];
  /** `dpo_loss`, `accuracy` (an equal pair is not right), `margin`, `chosen_reward`, `rejected_reward`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** For at least one pair. */
export function dpoLoss(pairs: readonly DpoPair[], beta: number): DpoLoss {
  const rewards = pairs.map(({ chosen, rejected }) => ({
    chosen: beta * logRatio(chosen),
    rejected: beta * logRatio(rejected),
  }));
  const margins = rewards.map(({ chosen, rejected }) => chosen - rejected);
  const loss = mean(margins.map(softplusOfMinus));
  return {
    loss,
    gradients: pairs.map(({ chosen, rejected }, index) => {
      const slope = -(beta / pairs.length) * sigmoid(-margins[index]!);
      return {
        chosen: Array.from(chosen.weights, weight => slope * weight),
        rejected: Array.from(rejected.weights, weight => -slope * weight),
      };
    }),
    metrics: {
      dpo_loss: loss,
      accuracy: mean(rewards.map(({ chosen, rejected }) => (chosen > rejected ? 1 : 0))),
      margin: mean(margins),
      chosen_reward: mean(rewards.map(({ chosen }) => chosen)),
      rejected_reward: mean(rewards.map(({ rejected }) => rejected)),
    },
  };
}

/** The loss over data as an engine takes it; `referenceLogprobs[i]` belong to the targets of `data[i]`. */
export function dpoLossFn(referenceLogprobs: readonly ArrayLike<number>[], beta: number): CustomLossFn {
  return (data, logprobs): CustomLoss => {
    const side = (datum: Datum, index: number): DpoSide => ({
      logprobs: logprobs[index]!,
      referenceLogprobs: referenceLogprobs[index]!,
      weights: datum.lossFnInputs['weights']!.data,
    });
    const pairs = pairsOf(data.map(side)).map(([chosen, rejected]) => ({ chosen, rejected }));
    const { loss, gradients, metrics } = dpoLoss(pairs, beta);
    return { loss, gradients: gradients.flatMap(({ chosen, rejected }) => [chosen, rejected]), metrics };
  };
}

/** Two by two; one left over at the end belongs to no pair. */
export function pairsOf<T>(items: readonly T[]): (readonly [T, T])[] {
  return Array.from({ length: Math.floor(items.length / 2) }, (_, pair) => [
    items[2 * pair]!,
    items[2 * pair + 1]!,
  ]);
}

function logRatio({ logprobs, referenceLogprobs, weights }: DpoSide): number {
  let ratio = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] !== 0) ratio += weights[i]! * (logprobs[i]! - referenceLogprobs[i]!); // 0 * Infinity would be NaN
  }
  return ratio;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** -log sigmoid(x), without overflow for large negative x. */
const softplusOfMinus = (x: number) => Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
