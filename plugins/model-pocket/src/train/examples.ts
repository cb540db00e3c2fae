/** Rendered exercises as training data. Knows nothing about what they are about. */
import { type Datum, float32, int64, modelInput, type SupervisedExample } from '@tinsmith/core';

/**
 * One datum per example. The weights add up to 1 over the batch, so that the summed loss is the mean per target and the
 * gradient does not grow with the batch.
 */
export function batchData(examples: readonly SupervisedExample[]): Datum[] {
  const targets = examples
    .flatMap(example => example.weights.slice(1))
    .reduce((sum, weight) => sum + weight, 0);
  return examples.map(example => toDatum(example, 1 / targets));
}

/** Position i of the input predicts token i + 1, so everything about a target is shifted by one. */
function toDatum({ tokens, weights }: SupervisedExample, scale: number): Datum {
  return {
    modelInput: modelInput(tokens.slice(0, -1)),
    lossFnInputs: {
      target_tokens: int64(tokens.slice(1)),
      weights: float32(weights.slice(1).map(weight => weight * scale)),
    },
  };
}
