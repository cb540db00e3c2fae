/** The short form of {@link Graph.node} for operators of one output. */
import type { Shape } from './dimension.js';
import { GraphError } from './errors.js';
import type { AnyTensor, Attributes, ElementType, GradientRule, Tensor } from './graph.js';

export interface EmitOptions<T extends ElementType> {
  readonly operator: string;
  readonly domain?: '' | 'com.microsoft';
  readonly attributes?: Attributes;
  /** At least one: the result belongs to its graph. */
  readonly inputs: readonly AnyTensor[];
  readonly type: T;
  readonly shape: Shape;
  /** From the gradient of the output to one rule per input. Leave it out if there is no derivative. */
  readonly pullback?: ((gradient: Tensor) => readonly (GradientRule | undefined)[]) | 'blocked';
}

export function emit<T extends ElementType>(options: EmitOptions<T>): Tensor<T> {
  const { type, shape, pullback, inputs, ...rest } = options;
  const first = inputs[0];
  if (!first) throw new GraphError('INVALID_ARGUMENT', `${options.operator}: no operand`);
  const [output] = first.graph.node({
    ...rest,
    inputs,
    outputs: [{ type, shape }],
    ...(pullback === undefined
      ? {}
      : { pullback: pullback === 'blocked' ? pullback : ([gradient]) => pullback(gradient!) }),
  });
  return output as Tensor<T>;
}
