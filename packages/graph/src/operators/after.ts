import { emit } from '../emit.js';
import type { AnyTensor, Tensor } from '../graph.js';
import { concat } from './concat.js';

/**
 * `x`, but not before the others exist: puts an order where there would be none, so that what came before can be freed. It costs
 * nothing when the graph runs: a reshape to the same shape, joined from an empty piece of each of the others' shapes.
 */
export function after(x: Tensor, others: readonly AnyTensor[]): Tensor {
  const nothing = others.map(other =>
    emit({
      operator: 'Shape',
      attributes: { start: { int: 0 }, end: { int: 0 } },
      inputs: [other],
      type: 'int64',
      shape: [0],
      pullback: 'blocked',
    }),
  );
  const same = x.graph.constant(
    'int64',
    [x.shape.length],
    x.shape.map(() => 0), // the input's dimension at that place
  );
  return emit({
    operator: 'Reshape',
    inputs: [x, concat([...nothing, same], 0)],
    type: x.type,
    shape: x.shape,
    pullback: g => [() => g, undefined],
  });
}
