/** What operators on two tensors, element by element, share. */
import { broadcastShapes } from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { AnyTensor, ElementType, Tensor } from '../graph.js';
import { sumTo } from './sum-to.js';

/** A tensor, or a number that stands for a scalar of the other operand's type. */
export type Operand<T extends ElementType> = Tensor<T> | number;

/** Both operands as tensors of one type. */
export function toTensors<T extends ElementType>(
  operator: string,
  left: Operand<T>,
  right: Operand<T>,
): readonly [Tensor<T>, Tensor<T>] {
  const known = typeof left === 'number' ? right : left;
  if (typeof known === 'number')
    throw new GraphError('INVALID_ARGUMENT', `${operator}: two numbers and no tensor`);
  const toTensor = (operand: Operand<T>): Tensor<T> =>
    typeof operand === 'number' ? known.graph.constant(known.type, [], [operand]) : operand;
  const pair = [toTensor(left), toTensor(right)] as const;
  if (pair[0].type !== pair[1].type)
    throw new GraphError('TYPE_MISMATCH', `${operator}: ${pair[0].type} and ${pair[1].type}`);
  return pair;
}

/**
 * An elementwise operator with broadcasting. The rules give the gradient of each operand as if nothing had been broadcast; it is
 * summed to the operand's shape here.
 */
export function binary<T extends ElementType>(options: {
  readonly operator: string;
  readonly left: Tensor<T>;
  readonly right: Tensor<T>;
  readonly leftRule: (gradient: Tensor) => Tensor;
  readonly rightRule: (gradient: Tensor) => Tensor;
}): Tensor<T> {
  const { operator, left, right, leftRule, rightRule } = options;
  return emit({
    operator,
    inputs: [left, right],
    type: left.type,
    shape: broadcastShapes(operator, left.shape, right.shape),
    pullback: gradient => [
      () => sumTo(leftRule(gradient), left.shape),
      () => sumTo(rightRule(gradient), right.shape),
    ],
  });
}

/** For rules: derivatives exist for float32 only, and gradients reach nothing else. */
export function asFloat32(tensor: AnyTensor): Tensor {
  if (tensor.type !== 'float32')
    throw new GraphError('NOT_DIFFERENTIABLE', `gradients flow through float32 only, found ${tensor.type}`);
  return tensor as Tensor;
}
