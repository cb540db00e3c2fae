import { broadcastShapes } from '../dimension.js';
import { emit } from '../emit.js';
import type { ElementType, Tensor } from '../graph.js';
import { type Operand, toTensors } from './elementwise.js';
import { sumTo } from './sum-to.js';

/** `left` where the condition holds, else `right`, with broadcasting. */
export function where<T extends ElementType>(
  condition: Tensor<'bool'>,
  left: Operand<T>,
  right: Operand<T>,
): Tensor<T> {
  const [a, b] = toTensors('Where', left, right);
  return emit({
    operator: 'Where',
    inputs: [condition, a, b],
    type: a.type,
    shape: broadcastShapes('Where', condition.shape, broadcastShapes('Where', a.shape, b.shape)),
    pullback: g => [
      undefined,
      () => sumTo(where(condition, g, 0), a.shape),
      () => sumTo(where(condition, 0, g), b.shape),
    ],
  });
}
