/** Whether two expressions, as text after normalisation, are equal: exactly first, then by the separation bound. */
import { canonical, difference, vanishes } from './canonical.js';
import { NotAnExpression, readExpression, type Expression } from './expression.js';
import { isZeroByBound } from './numeric.js';
import { BeyondLimit, Undefined } from './rational.js';

export type SymbolicVerdict =
  | { readonly kind: 'equal'; readonly by: 'exact' | 'numeric' }
  | { readonly kind: 'different' }
  /** One of the two cannot be read as an expression. */
  | { readonly kind: 'error' };

export function compareExpressions(answer: string, gold: string): SymbolicVerdict {
  let left: Expression;
  let right: Expression;
  try {
    right = readExpression(gold);
    left = readExpression(answer);
  } catch (error) {
    if (error instanceof NotAnExpression) return { kind: 'error' };
    throw error;
  }
  try {
    if (vanishes(difference(canonical(right), canonical(left)))) return { kind: 'equal', by: 'exact' };
  } catch (error) {
    if (error instanceof Undefined) return { kind: 'different' };
    // A RangeError is the platform's own limit on the size of a BigInt or of the stack.
    if (!(error instanceof BeyondLimit || error instanceof RangeError)) throw error;
  }
  if (!hasNestedForm(left) && !hasNestedForm(right)) return { kind: 'different' };
  const zero = isZeroByBound({ kind: 'difference', left: right, right: left });
  return zero ? { kind: 'equal', by: 'numeric' } : { kind: 'different' };
}

/** Only roots of sums leave a difference that the exact step may not see. */
function hasNestedForm(expression: Expression): boolean {
  switch (expression.kind) {
    case 'number':
    case 'symbol':
      return false;
    case 'call':
      return expression.name === 'sqrt' && !isSimple(expression.args[0]);
    case 'negative':
      return hasNestedForm(expression.of);
    case 'power':
      return !isSimple(expression.left) && !isSimple(expression.right);
    default:
      return hasNestedForm(expression.left) || hasNestedForm(expression.right);
  }
}

function isSimple(expression: Expression | undefined): boolean {
  return expression?.kind === 'number' || expression?.kind === 'symbol';
}
