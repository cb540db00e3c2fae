import type { Tensor } from '../graph.js';
import { binary, type Operand, toTensors } from './elementwise.js';
import { multiply } from './multiply.js';
import { negate } from './negate.js';

/** left / right, with broadcasting. */
export function divide(left: Operand<'float32'>, right: Operand<'float32'>): Tensor {
  const [a, b] = toTensors('Div', left, right);
  const quotient: Tensor = binary({
    operator: 'Div',
    left: a,
    right: b,
    leftRule: g => divide(g, b),
    rightRule: g => negate(multiply(divide(g, b), quotient)),
  });
  return quotient;
}
