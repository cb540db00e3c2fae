import { emit } from '../emit.js';
import type { Tensor } from '../graph.js';
import { multiply } from './multiply.js';

/** e to the x. */
export function exp(x: Tensor): Tensor {
  const y: Tensor = emit({
    operator: 'Exp',
    inputs: [x],
    type: x.type,
    shape: x.shape,
    pullback: g => [() => multiply(g, y)],
  });
  return y;
}
