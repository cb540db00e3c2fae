import { emit } from '../emit.js';
import type { Tensor } from '../graph.js';
import { multiply } from './multiply.js';
import { reduceSum } from './reduce-sum.js';
import { subtract } from './subtract.js';

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  const y: Tensor = emit({
    operator: 'Softmax',
    attributes: { axis: { int: -1 } },
    inputs: [x],
    type: x.type,
    shape: x.shape,
    pullback: g => [
      () => multiply(y, subtract(g, reduceSum(multiply(g, y), { axes: [-1], keepDimensions: true }))),
    ],
  });
  return y;
}
