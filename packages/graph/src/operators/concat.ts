import { addDimensions, formatShape, isSameShape, resolveAxis } from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { ElementType, Tensor } from '../graph.js';
import { slice } from './slice.js';

/** Joins tensors along an axis; they agree in all others. */
export function concat<T extends ElementType>(tensors: readonly Tensor<T>[], axis: number): Tensor<T> {
  const first = tensors[0];
  if (!first) throw new GraphError('INVALID_ARGUMENT', 'Concat: nothing to join');
  const at = resolveAxis('Concat', axis, first.shape);
  const without = (shape: Tensor<T>['shape']): Tensor<T>['shape'] => shape.filter((_, i) => i !== at);
  for (const { shape } of tensors)
    if (!isSameShape(without(shape), without(first.shape)))
      throw new GraphError(
        'SHAPE_MISMATCH',
        `Concat: ${formatShape(first.shape)} and ${formatShape(shape)} differ beside axis ${at}`,
      );
  const sizes = tensors.map(tensor => tensor.shape[at]!);
  return emit({
    operator: 'Concat',
    attributes: { axis: { int: at } },
    inputs: tensors,
    type: first.type,
    shape: first.shape.map((dimension, i) => (i === at ? addDimensions(sizes) : dimension)),
    pullback: g =>
      sizes.map((size, i) => () => {
        const start = addDimensions(sizes.slice(0, i));
        return slice(g, { axis: at, start, end: addDimensions([start, size]) });
      }),
  });
}
