import { emit } from '../emit.js';
import type { Tensor } from '../graph.js';
import { divide } from './divide.js';

/** The natural logarithm. */
export function log(x: Tensor): Tensor {
  return emit({
    operator: 'Log',
    inputs: [x],
    type: x.type,
    shape: x.shape,
    pullback: g => [() => divide(g, x)],
  });
}
