import {
  canonical,
  formatShape,
  isSameDimension,
  isSameShape,
  multiplyDimensions,
  type Shape,
} from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { ElementType, Graph, Tensor } from '../graph.js';
import { asFloat32 } from './elementwise.js';
import { shapeValues } from './shape-values.js';

/** The same elements in another shape, which must have as many: names count as unknowns, so [n, 6] can become ["2*n", 3]. */
export function reshape<T extends ElementType>(x: Tensor<T>, shape: Shape): Tensor<T> {
  if (isSameShape(x.shape, shape)) return x;
  if (!isSameDimension(multiplyDimensions(x.shape), multiplyDimensions(shape)))
    throw new GraphError(
      'SHAPE_MISMATCH',
      `Reshape: ${formatShape(x.shape)} and ${formatShape(shape)} differ in the number of elements`,
    );
  return emit({
    operator: 'Reshape',
    inputs: [x, targetShape(x.graph, x.shape, shape)],
    type: x.type,
    shape,
    pullback: g => [() => reshape(g, asFloat32(x).shape)],
  });
}

/** A constant where ONNX can infer the names: 0 copies the input's dimension at that place, one -1 takes what is left. */
function targetShape(graph: Graph, from: Shape, to: Shape): Tensor<'int64'> {
  let unknowns = 0;
  const values = to.map((dimension, axis) => {
    if (typeof canonical(dimension) === 'number') return Number(dimension);
    if (from[axis] !== undefined && isSameDimension(dimension, from[axis])) return 0;
    unknowns++;
    return -1;
  });
  return unknowns <= 1 ? graph.constant('int64', [values.length], values) : shapeValues(graph, to);
}
