import { emit } from '../emit.js';
import type { ElementType, Tensor } from '../graph.js';
import { broadcastTo } from './broadcast-to.js';
import { scatterRows } from './scatter-rows.js';

/** Rows of a table [rows, ...]: the result is [...indices, ...row]. */
export function gather<T extends ElementType>(table: Tensor<T>, indices: Tensor<'int64'>): Tensor<T> {
  return emit({
    operator: 'Gather',
    attributes: { axis: { int: 0 } },
    inputs: [table, indices],
    type: table.type,
    shape: [...indices.shape, ...table.shape.slice(1)],
    pullback: g => [
      { accumulate: onto => scatterRows(onto ?? broadcastTo(g.graph.scalar(0), table.shape), indices, g) },
      undefined,
    ],
  });
}
