import { emit } from '../emit.js';
import type { Tensor } from '../graph.js';

/** -x. */
export function negate(x: Tensor): Tensor {
  return emit({
    operator: 'Neg',
    inputs: [x],
    type: x.type,
    shape: x.shape,
    pullback: g => [() => negate(g)],
  });
}
