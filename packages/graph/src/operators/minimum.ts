import type { Tensor } from '../graph.js';
import { lessOrEqual } from './compare.js';
import { binary, type Operand, toTensors } from './elementwise.js';
import { where } from './where.js';

/** The smaller of two, with broadcasting. Where they are equal the gradient goes to the left one. */
export function minimum(left: Operand<'float32'>, right: Operand<'float32'>): Tensor {
  const [a, b] = toTensors('Min', left, right);
  return binary({
    operator: 'Min',
    left: a,
    right: b,
    leftRule: g => where(lessOrEqual(a, b), g, 0),
    rightRule: g => where(lessOrEqual(a, b), 0, g),
  });
}
