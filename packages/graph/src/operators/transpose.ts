import { formatShape } from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { ElementType, Tensor } from '../graph.js';

/** Reorders axes: axis i of the result is axis `order[i]` of `x`. */
export function transpose<T extends ElementType>(x: Tensor<T>, order: readonly number[]): Tensor<T> {
  const isPermutation = x.shape.every((_, axis) => order.includes(axis)) && order.length === x.shape.length;
  if (!isPermutation)
    throw new GraphError(
      'INVALID_ARGUMENT',
      `Transpose: ${order.join(',')} does not order the axes of ${formatShape(x.shape)}`,
    );
  return emit({
    operator: 'Transpose',
    attributes: { perm: { ints: order } },
    inputs: [x],
    type: x.type,
    shape: order.map(axis => x.shape[axis]!),
    pullback: g => [
      () =>
        transpose(
          g,
          x.shape.map((_, axis) => order.indexOf(axis)),
        ),
    ],
  });
}
