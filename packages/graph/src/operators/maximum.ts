import type { Tensor } from '../graph.js';
import { lessOrEqual } from './compare.js';
import { binary, type Operand, toTensors } from './elementwise.js';
import { where } from './where.js';

/** The larger of two, with broadcasting. Where they are equal the gradient goes to the left one. */
export function maximum(left: Operand<'float32'>, right: Operand<'float32'>): Tensor {
  const [a, b] = toTensors('Max', left, right);
  return binary({
    operator: 'Max',
    left: a,
    right: b,
    leftRule: g => where(lessOrEqual(b, a), g, 0),
    rightRule: g => where(lessOrEqual(b, a), 0, g),
  });
}
