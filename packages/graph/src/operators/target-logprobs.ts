import { formatShape, isSameDimension } from '../dimension.js';
import { GraphError } from '../errors.js';
import type { Tensor } from '../graph.js';
import { add } from './add.js';
import { gatherElements } from './gather-elements.js';
import { log } from './log.js';
import { multiply } from './multiply.js';
import { negate } from './negate.js';
import { reduceMax } from './reduce-max.js';
import { reduceSum } from './reduce-sum.js';
import { scatterElements } from './scatter-elements.js';
import { softmax } from './softmax.js';
import { subtract } from './subtract.js';

/**
 * log softmax(logits)[target], from logits [N, V] and targets [N, K] to [N, K].
 *
 * The largest probability is 1 / sum(exp(logits - max)) and at least 1/V, so its logarithm is exact where that of a small target
 * probability is not, and no second [N, V] tensor is needed for the forward pass. The rule, softmax minus one-hot weighted by the
 * incoming gradients, needs one more.
 */
export function targetLogprobs(logits: Tensor, targets: Tensor<'int64'>): Tensor {
  if (
    logits.shape.length !== 2 ||
    targets.shape.length !== 2 ||
    !isSameDimension(logits.shape[0]!, targets.shape[0]!)
  )
    throw new GraphError(
      'SHAPE_MISMATCH',
      `targetLogprobs: logits ${formatShape(logits.shape)} and targets ${formatShape(targets.shape)}`,
    );
  const perRow = { axes: [-1], keepDimensions: true };
  const probabilities = softmax(logits);
  const shifted = subtract(gatherElements(logits, targets, 1), reduceMax(logits, perRow));
  const logprobs = add(shifted, log(reduceMax(probabilities, perRow)));
  return logits.graph.withPullback('targetLogprobs', logprobs, [logits, targets], ([g]) => [
    () => scatterElements(multiply(probabilities, negate(reduceSum(g!, perRow))), targets, g!, 1),
    undefined,
  ]);
}
