import type { ElementType, Tensor } from '../graph.js';
import { binary, type Operand, toTensors } from './elementwise.js';
import { negate } from './negate.js';

/** left - right, with broadcasting. */
export function subtract<T extends ElementType>(left: Operand<T>, right: Operand<T>): Tensor<T> {
  const [a, b] = toTensors('Sub', left, right);
  return binary({ operator: 'Sub', left: a, right: b, leftRule: g => g, rightRule: negate });
}
