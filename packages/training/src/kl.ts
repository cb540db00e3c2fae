/**
 * How far a policy is from another one, on tokens that it sampled: a penalty in the advantages, and a metric
 * of the update (cookbook-algorithms, sections 7 and 8). Data here still has its `mask`.
 */
import {
  type Datum,
  float32,
  type Metrics,
  type ModelInput,
  type SamplingClient,
  TinsmithError,
} from '@tinsmith/core';
import { inputOf, itemsOf } from './sequence.js';

/**
 * How far the policy that sampled is from the one that is trained, on the tokens that it sampled. Both should
 * be the same weights, so anything but about 0 is a mismatch between sampler and trainer (healthy: v1 below
 * 0.01).
 *
 * `v1` is the mean of q - p and `v2` half the mean of its square, for logprobs q when sampled and p when
 * trained; `entropy` is the mean of -q. Throws TRAINING_DATA_UNMASKED for a datum without `mask`,
 * NO_ACTION_TOKENS without any sampled token.
 */
export function klSampleTrain(
  data: readonly Datum[],
  trainingLogprobs: readonly ArrayLike<number>[],
): Metrics {
  const pairs = sampledPairs(data, trainingLogprobs);
  return {
    'optim/kl_sample_train_v1': klV1(pairs),
    'optim/kl_sample_train_v2': klV2(pairs),
    'optim/entropy': mean(pairs.map(({ sampled }) => -sampled)),
  };
}

/**
 * What an update did to the tokens that were sampled before it: the same two numbers, for logprobs q before
 * and p after. Throws as `klSampleTrain`.
 */
export function klPrePost(data: readonly Datum[], newLogprobs: readonly ArrayLike<number>[]): Metrics {
  const pairs = sampledPairs(data, newLogprobs);
  return { kl_pre_post_v1: klV1(pairs), kl_pre_post_v2: klV2(pairs) };
}

/** What has to be scored to know the logprobs of all targets: the input and the last target. */
export function scoredSequence({ modelInput: input, lossFnInputs }: Datum): ModelInput {
  const targets = lossFnInputs['target_tokens']!.data;
  return inputOf([...itemsOf(input), targets[targets.length - 1]!]);
}

/** Logprobs of the targets of each datum under a model: without the first of a sequence, which has none. */
export async function scoreTargets(model: SamplingClient, data: readonly Datum[]): Promise<number[][]> {
  const scored = await Promise.all(data.map(datum => model.computeLogprobs(scoredSequence(datum))));
  return scored.map(logprobs => logprobs.slice(1).map(Number));
}

export interface KlPenaltyOptions {
  readonly coefficient: number;
  /** Above 0, a token also pays for those after it: sum over k of discount^k x(t + k). Default 0. */
  readonly discount?: number;
}

export interface KlPenalty {
  readonly data: readonly Datum[];
  /** `kl_policy_base`: the mean of q - p over sampled tokens, for the policy q and the reference p. */
  readonly metrics: Metrics;
}

/**
 * Takes from the advantage of each sampled token what it is further from the reference than the average token
 * of the data: A += coefficient * (mean(d) - d), d = q - p. Centred, so that it moves weight between tokens
 * and does not reward or punish all of them.
 *
 * Unlike the reference's, a discounted penalty does not spill onto tokens that the policy did not sample.
 * Throws NO_ACTION_TOKENS if there is no sampled token.
 */
export function addKlPenalty(
  data: readonly Datum[],
  referenceLogprobs: readonly ArrayLike<number>[],
  { coefficient, discount = 0 }: KlPenaltyOptions,
): KlPenalty {
  const tokens = data.map((datum, index) => {
    const { mask, logprobs } = masked(datum, index);
    const reference = referenceLogprobs[index]!;
    return Array.from(logprobs, (logprob, i) => ({ mask: mask[i]!, difference: logprob - reference[i]! }));
  });
  const sampled = tokens.flat().filter(({ mask }) => mask > 0);
  if (sampled.length === 0) throw noActionTokens();
  const kl = mean(sampled.map(({ difference }) => difference));

  const penalised = data.map(({ modelInput: input, lossFnInputs }, index): Datum => {
    const own = tokens[index]!.map(({ mask, difference }) =>
      mask > 0 ? coefficient * (kl - difference) : 0,
    );
    const penalties = discount > 0 ? discountedFutureSum(own, discount) : own;
    const advantages = Array.from(lossFnInputs['advantages']!.data, (advantage, i) =>
      tokens[index]![i]!.mask > 0 ? advantage + penalties[i]! : advantage,
    );
    return { modelInput: input, lossFnInputs: { ...lossFnInputs, advantages: float32(advantages) } };
  });
  return { data: penalised, metrics: { kl_policy_base: kl } };
}

/** y(t) = x(t) + discount * y(t + 1) */
export function discountedFutureSum(values: readonly number[], discount: number): number[] {
  let later = 0;
  return values
    .toReversed()
    .map(value => (later = value + discount * later))
    .toReversed();
}

interface LogprobPair {
  readonly sampled: number;
  /** The same token under the other policy. */
  readonly compared: number;
}

const klV1 = (pairs: readonly LogprobPair[]) =>
  mean(pairs.map(({ sampled, compared }) => sampled - compared));
const klV2 = (pairs: readonly LogprobPair[]) =>
  mean(pairs.map(({ sampled, compared }) => 0.5 * (sampled - compared) ** 2));

/** One per sampled token of the data, in order. */
function sampledPairs(data: readonly Datum[], others: readonly ArrayLike<number>[]): LogprobPair[] {
  const pairs = data.flatMap((datum, index) => {
    const { mask, logprobs } = masked(datum, index);
    const compared = others[index]!;
    return Array.from(logprobs, (sampled, i) => ({ sampled, compared: compared[i]! })).filter(
      (_, i) => mask[i]! > 0,
    );
  });
  if (pairs.length === 0) throw noActionTokens();
  return pairs;
}

function masked({ lossFnInputs }: Datum, index: number) {
  const { mask, logprobs } = lossFnInputs;
  if (mask && logprobs) return { mask: mask.data, logprobs: logprobs.data };
  throw new TinsmithError({
    code: 'TRAINING_DATA_UNMASKED',
    message: 'training data must say which tokens were sampled, and with which logprobs',
    at: `datum ${index}`,
    found: `the tensors ${Object.keys(lossFnInputs).join(', ')}`,
    fix: 'keep `mask` and `logprobs` of each datum when you change training data',
  });
}

const noActionTokens = () =>
  new TinsmithError({
    code: 'NO_ACTION_TOKENS',
    message: 'no token in the training data was sampled by the policy',
  });

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;
