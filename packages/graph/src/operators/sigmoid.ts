import { emit } from '../emit.js';
import type { Tensor } from '../graph.js';
import { multiply } from './multiply.js';
import { subtract } from './subtract.js';

/** 1 / (1 + e^-x). */
export function sigmoid(x: Tensor): Tensor {
  const y: Tensor = emit({
    operator: 'Sigmoid',
    inputs: [x],
    type: x.type,
    shape: x.shape,
    pullback: g => [() => multiply(g, multiply(y, subtract(1, y)))],
  });
  return y;
}
