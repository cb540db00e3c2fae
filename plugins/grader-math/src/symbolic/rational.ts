/** Exact fractions on BigInt, in lowest terms with a positive denominator. Knows nothing of symbols. */

export type Rational = { readonly numerator: bigint; readonly denominator: bigint };

/** A value is beyond what this grader computes; the two answers then count as not shown to be equal. */
export class BeyondLimit extends Error {}
/** Division by zero: an undefined value equals nothing. */
export class Undefined extends Error {}

export const ONE: Rational = { numerator: 1n, denominator: 1n };

export function rational(numerator: bigint, denominator = 1n): Rational {
  if (denominator === 1n) return { numerator, denominator };
  if (denominator === 0n) throw new Undefined();
  const sign = denominator < 0n ? -1n : 1n;
  const divisor = gcd(numerator, denominator) * sign;
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

export function add(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.numerator, a.denominator * b.denominator);
}

export function negate(a: Rational): Rational {
  return { numerator: -a.numerator, denominator: a.denominator };
}

export function invert(a: Rational): Rational {
  return rational(a.denominator, a.numerator);
}

export function floor(a: Rational): bigint {
  const quotient = a.numerator / a.denominator;
  return a.numerator < 0n && quotient * a.denominator !== a.numerator ? quotient - 1n : quotient;
}

export function isZero(a: Rational): boolean {
  return a.numerator === 0n;
}

export function isInteger(a: Rational): boolean {
  return a.denominator === 1n;
}

export function textOf(a: Rational): string {
  return a.denominator === 1n
    ? a.numerator.toString(36)
    : `${a.numerator.toString(36)}/${a.denominator.toString(36)}`;
}

/** Bits of the largest number that is computed exactly. */
const MAX_BITS = 4_000_000;

export function integerPower(base: Rational, exponent: bigint): Rational {
  if (exponent < 0n) return integerPower(invert(base), -exponent);
  const { numerator, denominator } = base;
  if (!isUnitOrZero(numerator) || denominator !== 1n) {
    const bits = Math.max(bitLength(numerator), bitLength(denominator));
    if (exponent > BigInt(MAX_BITS) || bits * Number(exponent) > MAX_BITS) throw new BeyondLimit();
    return { numerator: numerator ** exponent, denominator: denominator ** exponent };
  }
  return {
    numerator: numerator === -1n ? (exponent % 2n === 0n ? 1n : -1n) : exponent === 0n ? 1n : numerator,
    denominator,
  };
}

function isUnitOrZero(value: bigint): boolean {
  return value === 0n || value === 1n || value === -1n;
}

export function bitLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  return magnitude < 1n << 52n
    ? Math.ceil(Math.log2(Number(magnitude) + 1))
    : magnitude.toString(16).length * 4;
}

/** The prime factors up to a bound; what is left over is returned as one factor. Empty for 1. */
export function factor(value: bigint): Map<bigint, bigint> {
  const factors = new Map<bigint, bigint>();
  let rest = value;
  for (
    let divisor = 2n;
    divisor <= TRIAL_BOUND && divisor * divisor <= rest;
    divisor += divisor === 2n ? 1n : 2n
  ) {
    while (rest % divisor === 0n) {
      factors.set(divisor, (factors.get(divisor) ?? 0n) + 1n);
      rest /= divisor;
    }
  }
  if (rest > 1n) factors.set(rest, (factors.get(rest) ?? 0n) + 1n);
  return factors;
}

/** Trial division beyond this costs more than it finds: a larger composite is then one root by itself. */
const TRIAL_BOUND = 20_000n;

export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
