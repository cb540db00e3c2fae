import { resolveAxis, type Shape } from '../dimension.js';
import { emit } from '../emit.js';
import type { Tensor } from '../graph.js';
import { broadcastTo } from './broadcast-to.js';
import { reshape } from './reshape.js';

export interface ReduceOptions {
  /** Default: all axes. Negative ones count from the back. */
  readonly axes?: readonly number[];
  /** Keep the reduced axes with size 1. Default false. */
  readonly keepDimensions?: boolean;
}

/** Sums over axes. */
export function reduceSum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, shape, kept } = reducedShape('ReduceSum', x.shape, options);
  return emit({
    operator: 'ReduceSum',
    attributes: { keepdims: { int: options.keepDimensions ? 1 : 0 } },
    inputs: [x, x.graph.constant('int64', [axes.length], axes)],
    type: x.type,
    shape,
    pullback: g => [() => broadcastTo(reshape(g, kept), x.shape)],
  });
}

/** The axes from the front, the shape of the result, and that shape with the reduced axes kept. */
export function reducedShape(
  operator: string,
  shape: Shape,
  options: ReduceOptions,
): { readonly axes: number[]; readonly shape: Shape; readonly kept: Shape } {
  const axes = (options.axes ?? shape.map((_, axis) => axis)).map(axis => resolveAxis(operator, axis, shape));
  const kept = shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension));
  return {
    axes,
    kept,
    shape: options.keepDimensions ? kept : shape.filter((_, axis) => !axes.includes(axis)),
  };
}
