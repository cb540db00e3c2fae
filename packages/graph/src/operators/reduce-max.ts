import { emit } from '../emit.js';
import type { Tensor } from '../graph.js';
import { reducedShape, type ReduceOptions } from './reduce-sum.js';

/** The largest element over axes. It has no derivative here: it serves to keep exponentials in range. */
export function reduceMax(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, shape } = reducedShape('ReduceMax', x.shape, options);
  return emit({
    operator: 'ReduceMax',
    attributes: { keepdims: { int: options.keepDimensions ? 1 : 0 } },
    inputs: [x, x.graph.constant('int64', [axes.length], axes)],
    type: x.type,
    shape,
  });
}
