/** Supervised examples as training data: shifted, cut, weighted (cookbook-algorithms, section 12). */
import {
  type Datum,
  float32,
  int64,
  modelInput,
  type SupervisedExample,
  TinsmithError,
} from '@tinsmith/core';

export interface SupervisedDatumOptions {
  /** Tokens beyond it are cut off on the right. Default: none are. */
  readonly maxLength?: number | undefined;
  /** `mean` (default): the weights of an example sum to 1, so that long answers count no more than short ones. */
  readonly reduction?: 'none' | 'mean';
}

/**
 * Position i of the input predicts token i + 1; the weight of the first token is lost, because nothing
 * predicts it. An example whose trained tokens are all cut off keeps weights of 0.
 *
 * Throws TRAINING_EXAMPLE_TOO_SHORT if fewer than two tokens are left.
 */
export function supervisedDatum(
  { tokens, weights }: SupervisedExample,
  { maxLength = Infinity, reduction = 'mean' }: SupervisedDatumOptions = {},
): Datum {
  const kept = tokens.slice(0, maxLength);
  if (kept.length < 2) {
    throw new TinsmithError({
      code: 'TRAINING_EXAMPLE_TOO_SHORT',
      message: 'a training example needs two tokens: one to see and one to predict',
      found: `${kept.length} of ${tokens.length} tokens`,
      fix: tokens.length < 2 ? 'leave the example out' : 'a larger maxLength',
    });
  }
  const shifted = weights.slice(1, kept.length);
  const total = shifted.reduce((sum, weight) => sum + weight, 0);
  const scale = reduction === 'mean' && total > 0 ? 1 / total : 1;
  return {
    modelInput: modelInput(kept.slice(0, -1)),
    lossFnInputs: {
      target_tokens: int64(kept.slice(1)),
      weights: float32(shifted.map(weight => weight * scale)),
    },
  };
}

/** How many tokens the data has as targets, trained on or not. */
export function countTokens(data: readonly Datum[]): number {
  return data.reduce((sum, { lossFnInputs }) => sum + lossFnInputs['target_tokens']!.data.length, 0);
}
