import { type Dimension, isSameDimension, resolveAxis, subtractDimensions } from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { ElementType, Tensor } from '../graph.js';
import { shapeValues } from './shape-values.js';

export interface SliceOptions {
  readonly axis: number;
  /** Index of the first element, from the front. */
  readonly start: Dimension;
  /** Index after the last element, from the front. */
  readonly end: Dimension;
}

/** A range of an axis; of all of it, the tensor itself. */
export function slice<T extends ElementType>(x: Tensor<T>, options: SliceOptions): Tensor<T> {
  const { start, end } = options;
  const axis = resolveAxis('Slice', options.axis, x.shape);
  const size = x.shape[axis]!;
  if (start === 0 && isSameDimension(end, size)) return x;
  const known = [start, end, size].every(value => typeof value === 'number');
  if (known && !(0 <= Number(start) && start < end && end <= size))
    throw new GraphError('SHAPE_MISMATCH', `Slice: ${start} to ${end} does not fit an axis of ${size}`);
  return emit({
    operator: 'Slice',
    inputs: [
      x,
      shapeValues(x.graph, [start]),
      shapeValues(x.graph, [end]),
      x.graph.constant('int64', [1], [axis]),
    ],
    type: x.type,
    shape: x.shape.map((dimension, i) => (i === axis ? subtractDimensions(end, start) : dimension)),
    pullback: g => [() => padAxis(g, axis, start, subtractDimensions(size, end))],
  });
}

/** Zeros before and after an axis. */
function padAxis(x: Tensor, axis: number, before: Dimension, after: Dimension): Tensor {
  const amounts = (amount: Dimension): Dimension[] => x.shape.map((_, i) => (i === axis ? amount : 0));
  const shape = [...x.shape];
  shape[axis] = subtractDimensions(x.shape[axis]!, subtractDimensions(subtractDimensions(0, before), after));
  return emit({
    operator: 'Pad',
    inputs: [x, shapeValues(x.graph, [...amounts(before), ...amounts(after)]), x.graph.scalar(0)],
    type: x.type,
    shape,
    pullback: g => [() => slice(g, { axis, start: before, end: subtractDimensions(shape[axis]!, after) })],
  });
}
