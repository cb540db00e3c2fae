/** Supervised examples as training data: shifted, cut, weighted (cookbook-algorithms, section 12). */
import { type Datum, float32, int64, TinsmithError } from '@tinsmith/core';
import { inputOf, itemLength, type SequenceItem, targetsOf } from './sequence.js';

/** A `SupervisedExample`, which may have images between its tokens. */
export interface WeightedSequence {
  readonly tokens: readonly SequenceItem[];
  /** One per token; an image has as many as it takes tokens. */
  readonly weights: readonly number[];
}

export interface SupervisedDatumOptions {
  /** Tokens beyond it are cut off on the right. Default: none are. */
  readonly maxLength?: number | undefined;
  /** `mean` (default): the weights of an example sum to 1, so that long answers count no more than short ones. */
  readonly reduction?: 'none' | 'mean';
}

/**
 * Position i of the input predicts token i + 1; the weight of the first token is lost, because nothing
 * predicts it. An example whose trained tokens are all cut off keeps weights of 0. An image is kept whole or not at
 * all, and never ends an example: nothing after it would be predicted.
 *
 * @throws TRAINING_EXAMPLE_TOO_SHORT if fewer than two tokens are left.
 */
export function supervisedDatum(
  { tokens, weights }: WeightedSequence,
  { maxLength = Infinity, reduction = 'mean' }: SupervisedDatumOptions = {},
): Datum {
  const kept = cut(tokens, maxLength);
  if (kept.length < 2) {
    throw new TinsmithError({
      code: 'TRAINING_EXAMPLE_TOO_SHORT',
      message: 'a training example needs two tokens: one to see and one to predict',
      found: `${kept.length} of ${tokens.length} tokens`,
      fix: tokens.length < 2 ? 'leave the example out' : 'a larger maxLength',
    });
  }
  const targets = kept.flatMap(targetsOf);
  const shifted = weights.slice(1, targets.length);
  const total = shifted.reduce((sum, weight) => sum + weight, 0);
  const scale = reduction === 'mean' && total > 0 ? 1 / total : 1;
  return {
    modelInput: inputOf(kept.slice(0, -1)),
    lossFnInputs: {
      target_tokens: int64(targets.slice(1)),
      weights: float32(shifted.map(weight => weight * scale)),
    },
  };
}

function cut(items: readonly SequenceItem[], maxLength: number): readonly SequenceItem[] {
  let length = 0;
  const end = items.findIndex(item => (length += itemLength(item)) > maxLength);
  const kept = end === -1 ? items : items.slice(0, end);
  return kept.slice(0, kept.findLastIndex(item => typeof item === 'number') + 1);
}

/** How many tokens the data has as targets, trained on or not. Several soft targets of a position are one. */
export function countTokens(data: readonly Datum[]): number {
  return data.reduce((sum, datum) => sum + targetPositions(datum), 0);
}

/** N of targets with N entries, or N x K. */
function targetPositions({ lossFnInputs }: Datum): number {
  const { shape, data } = lossFnInputs['target_tokens']!;
  return shape?.[0] ?? data.length;
}

/** Whether each position has K targets with a weight each, in place of one. */
export const hasSoftTargets = ({ lossFnInputs }: Datum): boolean =>
  (lossFnInputs['target_tokens']!.shape?.length ?? 1) > 1;
