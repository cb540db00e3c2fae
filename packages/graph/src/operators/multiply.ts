import type { ElementType, Tensor } from '../graph.js';
import { asFloat32, binary, type Operand, toTensors } from './elementwise.js';

/** left * right, with broadcasting. */
export function multiply<T extends ElementType>(left: Operand<T>, right: Operand<T>): Tensor<T> {
  const [a, b] = toTensors('Mul', left, right);
  return binary({
    operator: 'Mul',
    left: a,
    right: b,
    leftRule: g => multiply(g, asFloat32(b)),
    rightRule: g => multiply(g, asFloat32(a)),
  });
}
