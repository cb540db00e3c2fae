import { broadcastShapes } from '../dimension.js';
import { emit } from '../emit.js';
import type { ElementType, Tensor } from '../graph.js';
import { type Operand, toTensors } from './elementwise.js';

/** left = right, element by element. */
export function equal<T extends ElementType>(left: Operand<T>, right: Operand<T>): Tensor<'bool'> {
  return comparison('Equal', left, right);
}

/** left < right. */
export function less<T extends ElementType>(left: Operand<T>, right: Operand<T>): Tensor<'bool'> {
  return comparison('Less', left, right);
}

/** left <= right. */
export function lessOrEqual<T extends ElementType>(left: Operand<T>, right: Operand<T>): Tensor<'bool'> {
  return comparison('LessOrEqual', left, right);
}

/** A comparison is constant almost everywhere: no gradient passes. */
function comparison<T extends ElementType>(
  operator: string,
  left: Operand<T>,
  right: Operand<T>,
): Tensor<'bool'> {
  const [a, b] = toTensors(operator, left, right);
  const shape = broadcastShapes(operator, a.shape, b.shape);
  return emit({ operator, inputs: [a, b], type: 'bool', shape, pullback: 'blocked' });
}
