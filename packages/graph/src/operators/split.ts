import { addDimensions, type Dimension, formatShape, isSameDimension, resolveAxis } from '../dimension.js';
import { GraphError } from '../errors.js';
import type { ElementType, Tensor } from '../graph.js';
import { broadcastTo } from './broadcast-to.js';
import { concat } from './concat.js';
import { shapeValues } from './shape-values.js';

/** Consecutive parts of an axis, of the given sizes, which must add up to its size. Their gradients are joined in one pass. */
export function split<T extends ElementType>(
  x: Tensor<T>,
  sizes: readonly Dimension[],
  axis: number,
): readonly Tensor<T>[] {
  const at = resolveAxis('Split', axis, x.shape);
  if (!isSameDimension(addDimensions(sizes), x.shape[at]!))
    throw new GraphError(
      'SHAPE_MISMATCH',
      `Split: ${sizes.join(', ')} do not add up to axis ${at} of ${formatShape(x.shape)}`,
    );
  if (sizes.length === 1) return [x];
  const shapes = sizes.map(size => x.shape.with(at, size));
  return x.graph.node({
    operator: 'Split',
    attributes: { axis: { int: at } },
    inputs: [x, shapeValues(x.graph, sizes)],
    outputs: shapes.map(shape => ({ type: x.type, shape })),
    pullback: gradients => [
      () =>
        concat(
          gradients.map((gradient, i) => gradient ?? broadcastTo(x.graph.scalar(0), shapes[i]!)),
          at,
        ),
      undefined,
    ],
  }) as readonly Tensor<T>[];
}
