/**
 * From logits to a token. The order is temperature, then top-k, then top-p; equal logits rank by token id. Log-probabilities are
 * of the unscaled, unfiltered distribution. Sums are in float64. Knows nothing of models or requests.
 */
import { TinsmithError } from '@tinsmith/core';
import type { Random } from '../random.js';
import { exponential } from './exponential.js';

export interface DistributionOptions {
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0 is off. */
  readonly topK: number;
  /** 1 is off. */
  readonly topP: number;
}

/** Log of the sum of exponentials: a token's log-probability is its logit minus this. */
export function logSumExp(logits: Float32Array): number {
  const largest = maximum(logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += exponential(logits[i]! - largest);
  return largest + Math.log(sum);
}

/** Of the next token. */
export interface Prediction {
  readonly logits: Float32Array;
  /** Their softmax, where the graph has made it: then drawing at temperature 1 needs no exponentials. */
  readonly probabilities?: Float32Array;
}

export interface Draw {
  readonly token: number;
  readonly logprob: number;
}

/**
 * Draws one token. Greedy takes nothing from `random`, any other draw one number.
 * @throws {TinsmithError} LOGITS_NOT_FINITE
 */
export function drawToken(prediction: Prediction, options: DistributionOptions, random: Random): Draw {
  const { logits } = prediction;
  const { token, normaliser } =
    options.temperature === 0
      ? { token: bestToken(logits), normaliser: logSumExp(logits) }
      : pick(prediction, options, random.uniform());
  const logprob = logits[token]! - normaliser;
  if (Number.isFinite(logprob)) return { token, logprob };
  throw new TinsmithError({
    code: 'LOGITS_NOT_FINITE',
    message: 'the model gives logits that are not finite numbers',
    fix: 'the weights are damaged or training has diverged: go back to an earlier checkpoint',
  });
}

/** The exact distribution that {@link drawToken} draws from. */
export function tokenProbabilities(logits: Float32Array, options: DistributionOptions): Float64Array {
  const probabilities = new Float64Array(logits.length);
  if (options.temperature === 0) {
    probabilities[bestToken(logits)] = 1;
    return probabilities;
  }
  const { weights, total } = keptWeights({ logits }, options);
  for (let i = 0; i < probabilities.length; i++) probabilities[i] = weights[i]! / total;
  return probabilities;
}

function bestToken(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

/** Inverse of the cumulative distribution, tokens in the order of their ids. */
function pick(prediction: Prediction, options: DistributionOptions, uniform: number) {
  const { weights, total, normaliser } = keptWeights(prediction, options);
  let rest = uniform * total;
  let token = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    token = i; // stays at the last one if, by rounding, the parts fall short of the total
    if (rest < weight) break;
    rest -= weight;
  }
  return { token, normaliser: normaliser ?? logSumExp(prediction.logits) };
}

interface Weights {
  /** Not normalised; 0 for a token that is filtered out. Overwritten by the next call. */
  readonly weights: Float64Array;
  readonly total: number;
  /** {@link logSumExp} of the logits, where it comes for nothing. */
  readonly normaliser: number | undefined;
}

/** Reused: a vocabulary's worth per token would keep the garbage collector busy. */
let scratch = new Float64Array(0);

function keptWeights(
  { logits, probabilities }: Prediction,
  { temperature, topK, topP }: DistributionOptions,
): Weights {
  if (scratch.length !== logits.length) scratch = new Float64Array(logits.length);
  const weights = scratch;
  const best = bestToken(logits);
  const largest = logits[best]!;
  const scale = 1 / temperature;
  let total = 0;
  if (temperature === 1 && probabilities) {
    weights.set(probabilities);
    for (let i = 0; i < weights.length; i++) total += weights[i]!;
  } else
    for (let i = 0; i < weights.length; i++) {
      const weight = exponential((logits[i]! - largest) * scale);
      weights[i] = weight;
      total += weight;
    }
  const normaliser = temperature === 1 ? largest - Math.log(weights[best]! / total) : undefined;
  if (topK > 0 && topK < logits.length) total = keepLargest(weights, logits, topK);
  if (topP < 1) total = keepNucleus(weights, logits, total * topP);
  return { weights, total, normaliser };
}

/** Keeps the `count` tokens of the largest logits. @returns the sum of the weights kept. */
function keepLargest(weights: Float64Array, logits: Float32Array, count: number): number {
  const threshold = nthLargest(logits, count);
  let ties = count;
  for (const logit of logits) if (logit > threshold) ties--;
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const isKept = logits[i]! > threshold || (logits[i] === threshold && ties-- > 0);
    if (isKept) total += weights[i]!;
    else weights[i] = 0;
  }
  return total;
}

/**
 * Keeps tokens, best first, while the weights before them sum to less than `mass`. The token that crosses stays, and the first
 * always does. Tokens are sorted in slices of the weight's range, since the nucleus is mostly a small part of the vocabulary.
 * @returns the sum of the weights kept.
 */
function keepNucleus(weights: Float64Array, logits: Float32Array, mass: number): number {
  let total = 0;
  let upper = Infinity;
  const isKept = new Uint8Array(weights.length);
  for (let lower = 0.25; upper > 0; upper = lower, lower = lower < 1e-30 ? 0 : lower / 16) {
    const slice: number[] = [];
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i]!;
      if (weight > 0 && weight >= lower && weight < upper) slice.push(i);
    }
    slice.sort((a, b) => weights[b]! - weights[a]! || logits[b]! - logits[a]! || a - b);
    for (const token of slice) {
      if (total >= mass && total > 0) return dropOthers(weights, isKept, total);
      isKept[token] = 1;
      total += weights[token]!;
    }
  }
  return dropOthers(weights, isKept, total);
}

function dropOthers(weights: Float64Array, isKept: Uint8Array, total: number): number {
  for (let i = 0; i < weights.length; i++) if (!isKept[i]) weights[i] = 0;
  return total;
}

/** The `count`-th largest value, by partition (Hoare's selection). */
function nthLargest(values: Float32Array, count: number): number {
  const work = values.slice();
  let [low, high] = [0, work.length - 1];
  const target = count - 1;
  while (low < high) {
    const pivot = work[(low + high) >> 1]!;
    let [left, right] = [low, high];
    while (left <= right) {
      while (work[left]! > pivot) left++;
      while (work[right]! < pivot) right--;
      if (left > right) break;
      [work[left], work[right]] = [work[right]!, work[left]!];
      left++;
      right--;
    }
    if (target <= right) high = right;
    else if (target >= left) low = left;
    else break;
  }
  return work[target]!;
}

/** The most likely tokens, best first. */
export function topTokens(logits: Float32Array, count: number): number[] {
  const size = Math.min(count, logits.length);
  const threshold = nthLargest(logits, size);
  const tokens: number[] = [];
  for (let i = 0; i < logits.length; i++) if (logits[i]! >= threshold) tokens.push(i);
  return tokens.toSorted((a, b) => logits[b]! - logits[a]! || a - b).slice(0, size);
}

function maximum(values: Float32Array): number {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i]! > largest) largest = values[i]!;
  return largest;
}
