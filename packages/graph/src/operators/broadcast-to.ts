import { broadcastShapes, formatShape, isSameShape, type Shape } from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { ElementType, Tensor } from '../graph.js';
import { shapeValues } from './shape-values.js';
import { sumTo } from './sum-to.js';

/** Repeats `x` along new axes in front and along axes of size 1. */
export function broadcastTo<T extends ElementType>(x: Tensor<T>, shape: Shape): Tensor<T> {
  if (isSameShape(x.shape, shape)) return x;
  if (!isSameShape(broadcastShapes('Expand', x.shape, shape), shape))
    throw new GraphError(
      'SHAPE_MISMATCH',
      `Expand: ${formatShape(x.shape)} does not become ${formatShape(shape)}`,
    );
  return emit({
    operator: 'Expand',
    inputs: [x, shapeValues(x.graph, shape)],
    type: x.type,
    shape,
    pullback: g => [() => sumTo(g, x.shape)],
  });
}
