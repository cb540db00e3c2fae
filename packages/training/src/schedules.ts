/** How batches are divided and when a rollout is too old: arithmetic of the modes of reinforcement learning. */
import { TinsmithError } from '@tinsmith/core';
import { splitList } from './train-step.js';

export interface MinibatchOptions {
  /** Updates per step. */
  readonly numSubsteps: number;
  /** Passes per update. */
  readonly numMinibatches: number;
}

/**
 * Items of a batch by substep and minibatch, in order, all of the same size. A batch that cannot be divided so is cut into parts
 * whose sizes differ by at most one; where it is smaller than the number of parts, into fewer.
 */
export function minibatchPlan<T>(
  items: readonly T[],
  { numSubsteps, numMinibatches }: MinibatchOptions,
): T[][][] {
  if (items.length === 0) return [];
  return splitAtMost(items, numSubsteps).map(substep => splitAtMost(substep, numMinibatches));
}

const splitAtMost = <T>(items: readonly T[], parts: number) =>
  splitList(items, Math.min(parts, items.length));

/**
 * How many groups a minibatch has.
 * @throws MINIBATCH_UNEVEN if the groups of a batch cannot be divided evenly
 */
export function groupsPerMinibatch(
  groupsPerBatch: number,
  { numSubsteps, numMinibatches }: MinibatchOptions,
): number {
  const size = groupsPerBatch / numSubsteps / numMinibatches;
  if (groupsPerBatch % numSubsteps === 0 && Number.isInteger(size)) return size;
  throw new TinsmithError({
    code: 'MINIBATCH_UNEVEN',
    message: 'the groups of a batch cannot be divided evenly among its minibatches',
    at: 'recipe.with.streamMinibatchConfig',
    found: `${groupsPerBatch} groups for ${numSubsteps} substeps of ${numMinibatches} minibatches`,
    fix: `a groupsPerBatch that is a multiple of ${numSubsteps * numMinibatches}`,
  });
}

export interface Age {
  /** Steps that the policy has been trained for now, and when the rollout began. */
  readonly trainerStep: number;
  readonly samplerStep: number;
  readonly maxStepsOffPolicy: number;
  /** No problem is left to be sampled for the first time. */
  readonly isLoaderFinished: boolean;
}

/** What becomes of a group that has been sampled. At the end of the data one that is too old is not sampled again. */
export function staleness({
  trainerStep,
  samplerStep,
  maxStepsOffPolicy,
  isLoaderFinished,
}: Age): 'use' | 'requeue' | 'drop' {
  if (trainerStep - samplerStep <= maxStepsOffPolicy) return 'use';
  return isLoaderFinished ? 'drop' : 'requeue';
}

/**
 * How many examples of a mixed batch come from each domain: by weight, at least one, rounded with halves to the even number as
 * Python does; the last domain takes what is left. Where the others leave it nothing, the largest gives way: the reference's
 * last count is zero or negative there.
 *
 * @throws DOMAINS_TOO_MANY if a batch has fewer examples than there are domains
 */
export function domainCounts(weights: readonly number[], batchSize: number): number[] {
  if (batchSize < weights.length) {
    throw new TinsmithError({
      code: 'DOMAINS_TOO_MANY',
      message: 'a batch has fewer examples than there are domains to take them from',
      found: `${batchSize} examples for ${weights.length} domains`,
      fix: 'a larger batchSize',
    });
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const counts = weights
    .slice(0, -1)
    .map(weight => Math.max(1, roundHalfToEven((batchSize * weight) / total)));
  let left = batchSize - counts.reduce((sum, count) => sum + count, 0);
  for (; left < 1; left++) counts[counts.indexOf(Math.max(...counts))]!--;
  return [...counts, left];
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

export interface TurnRoom {
  readonly maxTokens: number;
  /** Of this call alone. */
  readonly callMaxTokens?: number | undefined;
  readonly contextWindow?: number | undefined;
  readonly promptLength: number;
}

/**
 * The most tokens of an answer that fits.
 * @throws CONTEXT_FULL if the prompt leaves no room
 */
export function roomForAnswer({
  maxTokens,
  callMaxTokens = Infinity,
  contextWindow = Infinity,
  promptLength,
}: TurnRoom): number {
  const room = Math.min(maxTokens, callMaxTokens, contextWindow - promptLength);
  if (room > 0) return room;
  throw new TinsmithError({
    code: 'CONTEXT_FULL',
    message: 'the prompt leaves no room for an answer',
    found: `${promptLength} tokens of a context of ${contextWindow}`,
    fix: 'a shorter prompt, or a model with a larger context',
  });
}
