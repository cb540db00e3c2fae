/**
 * Reverse-mode differentiation: walks the derivations of a loss backwards and lets each operator's rule extend the graph.
 * Knows nothing of any particular operator except how to add two gradients.
 */
import { formatShape, isSameShape } from './dimension.js';
import { GraphError } from './errors.js';
import type { AnyTensor, Derivation, GradientRule, Tensor } from './graph.js';
import { add } from './operators/add.js';

/**
 * The gradients of a scalar `loss` with respect to tensors, each of its tensor's shape. A tensor that is used several times gets the
 * sum over its uses.
 * @param arriving the gradient of something beyond with respect to `loss`, of its shape, which then need not be a scalar: the result is
 *   a vector-Jacobian product. Default: 1.
 * @throws {GraphError} NOT_DIFFERENTIABLE if the loss does not depend on a tensor, or only through an operator without a derivative.
 */
export function gradients<const T extends readonly Tensor[]>(
  loss: Tensor,
  withRespectTo: T,
  arriving: Tensor = loss.graph.scalar(1),
): { readonly [K in keyof T]: Tensor } {
  if (!isSameShape(loss.shape, arriving.shape))
    throw new GraphError(
      'SHAPE_MISMATCH',
      arriving.shape.length === 0
        ? `gradients: the loss must be a scalar, found ${formatShape(loss.shape)}`
        : `gradients: ${formatShape(arriving.shape)} arrives at ${formatShape(loss.shape)}`,
    );

  loss.graph.beginBackward();
  const { derivations, dependents } = pathsTo(loss, withRespectTo);
  const sums = new Map<AnyTensor, Tensor>([[loss, arriving]]);
  for (const derivation of derivations) {
    const arrived = derivation.outputs.map(output => sums.get(output));
    if (arrived.every(gradient => gradient === undefined)) continue; // nothing above lets a gradient through
    if (derivation.pullback === undefined || derivation.pullback === 'blocked')
      throw new GraphError('NOT_DIFFERENTIABLE', `gradients: ${derivation.name} has no derivative`);
    const rules = derivation.pullback(arrived);
    for (const [i, input] of derivation.inputs.entries()) {
      const rule = rules[i];
      if (rule && dependents.has(input)) sums.set(input, addUp(derivation, rule, input, sums.get(input)));
    }
  }

  const gradientOf = (tensor: Tensor, i: number): Tensor => {
    const gradient = sums.get(tensor);
    if (gradient) return gradient;
    throw new GraphError(
      'NOT_DIFFERENTIABLE',
      `gradients: the loss does not depend on tensor ${i} of the list`,
    );
  };
  // The compiler's map does not know that a tuple gives a tuple.
  return withRespectTo.map(gradientOf) as readonly Tensor[] as { readonly [K in keyof T]: Tensor };
}

function addUp(
  derivation: Derivation,
  rule: GradientRule,
  input: AnyTensor,
  sum: Tensor | undefined,
): Tensor {
  const gradient = typeof rule === 'function' ? rule() : rule.accumulate(sum);
  if (!isSameShape(gradient.shape, input.shape))
    throw new GraphError(
      'SHAPE_MISMATCH',
      `gradients: the rule of ${derivation.name} gave ${formatShape(gradient.shape)} for an input of ${formatShape(input.shape)}`,
    );
  return sum && typeof rule === 'function' ? add(sum, gradient) : gradient;
}

/** The derivations between the sources and the loss, the last first, and every tensor on the way that depends on a source. */
function pathsTo(
  loss: Tensor,
  sources: readonly Tensor[],
): { readonly derivations: Derivation[]; readonly dependents: ReadonlySet<AnyTensor> } {
  const above = new Set<AnyTensor>([loss]);
  for (const tensor of above) for (const input of tensor.derivation?.inputs ?? []) above.add(input); // grows while it is walked

  const dependents = new Set<AnyTensor>(sources);
  const derivations = new Set<Derivation>();
  for (const tensor of [...above].toSorted((a, b) => a.id - b.id)) {
    if (tensor.derivation?.pullback === 'blocked') continue; // what is behind it does not depend on them either
    if (!tensor.derivation?.inputs.some(input => dependents.has(input))) continue;
    dependents.add(tensor);
    derivations.add(tensor.derivation);
  }
  return { derivations: [...derivations].toSorted((a, b) => lastId(b) - lastId(a)), dependents };
}

function lastId(derivation: Derivation): number {
  return derivation.outputs.at(-1)!.id;
}
