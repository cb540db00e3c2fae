import { emit } from '../emit.js';
import type { Tensor } from '../graph.js';

/** The same value, as a constant to the derivative. */
export function stopGradient(x: Tensor): Tensor {
  return emit({ operator: 'Identity', inputs: [x], type: x.type, shape: x.shape, pullback: 'blocked' });
}
