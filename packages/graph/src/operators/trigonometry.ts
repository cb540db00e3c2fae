import { emit } from '../emit.js';
import type { Tensor } from '../graph.js';
import { asFloat32 } from './elementwise.js';
import { multiply } from './multiply.js';
import { negate } from './negate.js';

/** Cosine of an angle in radians. Large float32 angles have few digits left after the point: use float64 for positions. */
export function cos<T extends 'float32' | 'float64'>(x: Tensor<T>): Tensor<T> {
  return emit({
    operator: 'Cos',
    inputs: [x],
    type: x.type,
    shape: x.shape,
    pullback: g => [() => negate(multiply(g, sin(asFloat32(x))))],
  });
}

/** Sine of an angle in radians; see {@link cos}. */
export function sin<T extends 'float32' | 'float64'>(x: Tensor<T>): Tensor<T> {
  return emit({
    operator: 'Sin',
    inputs: [x],
    type: x.type,
    shape: x.shape,
    pullback: g => [() => multiply(g, cos(asFloat32(x)))],
  });
}
