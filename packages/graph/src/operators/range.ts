import type { Dimension } from '../dimension.js';
import { emit } from '../emit.js';
import type { Graph, Tensor } from '../graph.js';
import { reshape } from './reshape.js';
import { shapeValues } from './shape-values.js';

/** 0, 1, ... up to a dimension, int64 [size]. */
export function range(graph: Graph, size: Dimension): Tensor<'int64'> {
  const integer = (value: number): Tensor<'int64'> => graph.constant('int64', [], [value]);
  return emit({
    operator: 'Range',
    inputs: [integer(0), reshape(shapeValues(graph, [size]), []), integer(1)],
    type: 'int64',
    shape: [size],
  });
}
