import { formatShape, isSameShape, resolveAxis } from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { ElementType, Tensor } from '../graph.js';
import { broadcastTo } from './broadcast-to.js';
import { scatterElements } from './scatter-elements.js';

/** Picks along an axis: from [N, V] with indices [N, K], the K elements of each row. Indices have the other axes of `x`. */
export function gatherElements<T extends ElementType>(
  x: Tensor<T>,
  indices: Tensor<'int64'>,
  axis: number,
): Tensor<T> {
  const at = resolveAxis('GatherElements', axis, x.shape);
  const beside = (shape: Tensor['shape']): Tensor['shape'] => shape.filter((_, i) => i !== at);
  if (!isSameShape(beside(x.shape), beside(indices.shape)))
    throw new GraphError(
      'SHAPE_MISMATCH',
      `GatherElements: ${formatShape(x.shape)} and ${formatShape(indices.shape)} differ beside axis ${at}`,
    );
  return emit({
    operator: 'GatherElements',
    attributes: { axis: { int: at } },
    inputs: [x, indices],
    type: x.type,
    shape: indices.shape,
    pullback: g => [
      {
        accumulate: onto => scatterElements(onto ?? broadcastTo(g.graph.scalar(0), x.shape), indices, g, at),
      },
      undefined,
    ],
  });
}
