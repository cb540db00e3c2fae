import type { Tensor } from '../graph.js';
import { matMul } from './matmul.js';
import { multiply } from './multiply.js';
import { reduceSum } from './reduce-sum.js';
import { softmax } from './softmax.js';
import { subtract } from './subtract.js';

/**
 * Attention's second half: softmax(scores) values, with scores [..., queries, keys] and values [..., keys, size]. A rule of its own,
 * because the softmax's inner product of probabilities and their gradients is the (smaller) one of outputs and theirs:
 * sum_k P dP = sum_k P (V dO) = O dO (Dao et al. 2022, FlashAttention, appendix B).
 */
export function softmaxMatMul(scores: Tensor, values: Tensor): Tensor {
  const probabilities = softmax(scores);
  const output = matMul(probabilities, values);
  return scores.graph.withPullback('softmaxMatMul', output, [scores, values], ([g]) => [
    () => {
      const inner = reduceSum(multiply(g!, output), { axes: [-1], keepDimensions: true });
      return multiply(probabilities, subtract(matMul(g!, values, { transposeRight: true }), inner));
    },
    { accumulate: onto => matMul(probabilities, g!, { transposeLeft: true, plus: onto }) },
  ]);
}
