import { formatShape, isSameShape, resolveAxis } from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { Tensor } from '../graph.js';
import { gatherElements } from './gather-elements.js';

/**
 * `data` with each update added at its index along the axis; indices may repeat. Updates have the shape of the indices.
 * Runs on one thread, in order, so it gives the same bits every time.
 */
export function scatterElements(
  data: Tensor,
  indices: Tensor<'int64'>,
  updates: Tensor,
  axis: number,
): Tensor {
  const at = resolveAxis('ScatterElements', axis, data.shape);
  if (!isSameShape(indices.shape, updates.shape) || indices.shape.length !== data.shape.length)
    throw new GraphError(
      'SHAPE_MISMATCH',
      `ScatterElements: indices ${formatShape(indices.shape)}, updates ${formatShape(updates.shape)}, data ${formatShape(data.shape)}`,
    );
  return emit({
    operator: 'ScatterElements',
    attributes: { axis: { int: at }, reduction: { string: 'add' } },
    inputs: [data, indices, updates],
    type: data.type,
    shape: data.shape,
    pullback: g => [() => g, undefined, () => gatherElements(g, indices, at)],
  });
}
