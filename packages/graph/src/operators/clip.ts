import type { Tensor } from '../graph.js';
import type { Operand } from './elementwise.js';
import { maximum } from './maximum.js';
import { minimum } from './minimum.js';

/** `x` held between two bounds; on a bound and between them the gradient passes. */
export function clip(x: Tensor, low: Operand<'float32'>, high: Operand<'float32'>): Tensor {
  return minimum(maximum(x, low), high);
}
