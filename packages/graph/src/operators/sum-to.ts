import { isSameShape, type Shape } from '../dimension.js';
import type { Tensor } from '../graph.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';

/** The transpose of broadcasting: sums `x` over the axes along which `shape` was broadcast to it. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (isSameShape(x.shape, shape)) return x;
  const added = x.shape.length - shape.length;
  const axes = x.shape.flatMap((dimension, axis) =>
    axis < added || (shape[axis - added] === 1 && dimension !== 1) ? [axis] : [],
  );
  return reshape(axes.length === 0 ? x : reduceSum(x, { axes, keepDimensions: true }), shape);
}
