import type { ElementType, Tensor } from '../graph.js';
import { binary, type Operand, toTensors } from './elementwise.js';

/** left + right, with broadcasting. */
export function add<T extends ElementType>(left: Operand<T>, right: Operand<T>): Tensor<T> {
  const [a, b] = toTensors('Add', left, right);
  return binary({ operator: 'Add', left: a, right: b, leftRule: g => g, rightRule: g => g });
}
