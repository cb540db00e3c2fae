/**
 * An expression as a quotient of two sums. Two expressions are equal when the cross product of their quotients vanishes;
 * what is not seen to vanish is left to numeric.ts.
 */
import type { Expression } from './expression.js';
import {
  BeyondLimit,
  factor,
  floor,
  gcd,
  integerPower,
  invert,
  isInteger,
  isZero,
  multiply as multiplyRational,
  negate,
  ONE,
  rational,
  Undefined,
  type Rational,
} from './rational.js';
import {
  addSums,
  atomSum,
  constant,
  constantOf,
  keyOf,
  MINUS_ONE,
  multiplySums,
  negateSum,
  powerOfSum,
  reduced,
  scaleSum,
  soleTerm,
  type Atom,
  type Factor,
  type Sum,
} from './sums.js';

export type Quotient = { readonly above: Sum; readonly below: Sum };

const UNIT = constant(ONE);
/** Factorials above this are kept as they are: 60,000! has more than 260,000 digits. */
const MAX_FACTORIAL = 60_000n;

export function canonical(expression: Expression): Quotient {
  switch (expression.kind) {
    case 'number': {
      const digits = BigInt(expression.digits);
      const scale = BigInt(expression.scale);
      return whole(constant(multiplyRational(rational(digits), integerPower(rational(10n), scale))));
    }
    case 'symbol':
      return whole(atomSum(free(expression.name)));
    case 'sum':
      return sum(canonical(expression.left), canonical(expression.right));
    case 'difference':
      return sum(canonical(expression.left), negative(canonical(expression.right)));
    case 'negative':
      return negative(canonical(expression.of));
    case 'product':
      return product(canonical(expression.left), canonical(expression.right));
    case 'quotient':
      return product(canonical(expression.left), reciprocal(canonical(expression.right)));
    case 'power':
      return power(canonical(expression.left), canonical(expression.right));
    default:
      return call(expression.name, expression.args.map(canonical));
  }
}

/** Zero for all values of the variables where it is defined. */
export function vanishes(value: Quotient): boolean {
  return value.above.size === 0;
}

export function difference(a: Quotient, b: Quotient): Quotient {
  return sum(a, negative(b));
}

/** The number, when the value is one. */
export function rationalOf(value: Quotient): Rational | undefined {
  return value.below === UNIT || constantOf(value.below) !== undefined ? constantOf(value.above) : undefined;
}

function free(key: string): Atom {
  return { kind: 'free', key };
}

function whole(above: Sum): Quotient {
  return { above, below: UNIT };
}

/** A denominator of one term is moved into the numerator, so that most quotients have none. */
function quotient(above: Sum, below: Sum): Quotient {
  if (below.size === 0) throw new Undefined();
  const only = soleTerm(below);
  if (only === undefined || only.factors.some(({ atom }) => atom.kind === 'root')) return { above, below };
  const inverse = reduced({
    coefficient: invert(only.coefficient),
    factors: only.factors.map(({ atom, exponent }) => ({ atom, exponent: negate(exponent) })),
  });
  return whole(multiplySums(above, inverse));
}

function sum(a: Quotient, b: Quotient): Quotient {
  if (a.below === b.below || keyOf(a.below) === keyOf(b.below))
    return quotient(addSums(a.above, b.above), a.below);
  return quotient(
    addSums(multiplySums(a.above, b.below), multiplySums(b.above, a.below)),
    multiplySums(a.below, b.below),
  );
}

function negative(a: Quotient): Quotient {
  return { above: negateSum(a.above), below: a.below };
}

function product(a: Quotient, b: Quotient): Quotient {
  return quotient(multiplySums(a.above, b.above), multiplySums(a.below, b.below));
}

function reciprocal(a: Quotient): Quotient {
  return quotient(a.below, a.above);
}

function power(base: Quotient, exponent: Quotient): Quotient {
  const value = rationalOf(exponent);
  if (value === undefined) return symbolicPower(base, exponent);
  if (isInteger(value)) return integralPower(base, value.numerator);
  if (vanishes(base)) {
    if (value.numerator < 0n) throw new Undefined();
    return base;
  }
  const steps = floor(value);
  const part = rational(value.numerator - steps * value.denominator, value.denominator);
  return product(integralPower(base, steps), root(base, part));
}

function integralPower(base: Quotient, exponent: bigint): Quotient {
  const number = rationalOf(base);
  if (number !== undefined) return whole(constant(integerPower(number, exponent)));
  if (exponent < 0n) return reciprocal(integralPower(base, -exponent));
  return quotient(powerOfSum(base.above, exponent), powerOfSum(base.below, exponent));
}

/** The principal root `base^exponent`, exponent in (0, 1). A positive factor may leave a root, any other may not. */
function root(base: Quotient, exponent: Rational): Quotient {
  if (base.below !== UNIT)
    return whole(atomSum(free(`(${keyOf(base.above)})/(${keyOf(base.below)})`), exponent));
  const only = soleTerm(base.above);
  const content = only?.coefficient ?? commonFactor(base.above);
  const magnitude = content.numerator < 0n ? negate(content) : content;
  const rest = scaleSum(base.above, invert(magnitude));
  return whole(multiplySums(rootOfPositive(magnitude, exponent), rootOfRest(rest, exponent)));
}

function rootOfPositive(value: Rational, exponent: Rational): Sum {
  const factors: Factor[] = [];
  for (const [side, sign] of [
    [value.numerator, 1n],
    [value.denominator, -1n],
  ] as const) {
    for (const [prime, count] of factor(side)) {
      factors.push({
        atom: { kind: 'prime', key: `#${prime}`, value: prime },
        exponent: multiplyRational(exponent, rational(count * sign)),
      });
    }
  }
  return reduced({ coefficient: ONE, factors });
}

function rootOfRest(rest: Sum, exponent: Rational): Sum {
  const only = soleTerm(rest);
  if (only === undefined) return atomSum({ kind: 'root', key: `(${keyOf(rest)})`, of: rest }, exponent);
  // Roots of positive numbers, and pi, are positive: they leave the root as well.
  const positive = only.factors.filter(({ atom }) => atom.kind === 'prime' || atom.key === 'pi');
  const others = only.factors.filter(factorOf => !positive.includes(factorOf));
  const outside = reduced({
    coefficient: ONE,
    factors: positive.map(({ atom, exponent: e }) => ({ atom, exponent: multiplyRational(e, exponent) })),
  });
  const negativeSign = only.coefficient.numerator < 0n;
  const [single] = others;
  if (single === undefined)
    return negativeSign ? multiplySums(outside, atomSum(MINUS_ONE, exponent)) : outside;
  // (x^a)^r = x^(a r) holds for principal values when -1 < a <= 1.
  const { numerator, denominator } = single.exponent;
  if (
    others.length === 1 &&
    !negativeSign &&
    numerator > -denominator &&
    numerator <= denominator &&
    isVariable(single.atom)
  ) {
    return multiplySums(outside, atomSum(single.atom, multiplyRational(single.exponent, exponent)));
  }
  const inside = reduced({ coefficient: only.coefficient, factors: others });
  return multiplySums(outside, atomSum({ kind: 'root', key: `(${keyOf(inside)})`, of: inside }, exponent));
}

function isVariable(atom: Atom): boolean {
  return atom.kind === 'free' && !/[\^(]/.test(atom.key);
}

/** base^(c1 m1 + c2 m2 + ...) as the product of (base^m1)^c1, which holds for every base that is not zero. */
function symbolicPower(base: Quotient, exponent: Quotient): Quotient {
  const number = rationalOf(base);
  if (number !== undefined && (isZero(number) || number.numerator < 0n)) throw new BeyondLimit();
  if (exponent.below !== UNIT) return whole(atomSum(free(`(${textOf(base)})^(${textOf(exponent)})`)));
  let result: Quotient = whole(UNIT);
  for (const [key, { coefficient, factors }] of exponent.above) {
    if (factors.length === 0) result = product(result, power(base, whole(constant(coefficient))));
    else if (number === undefined)
      result = product(result, whole(atomSum(free(`(${textOf(base)})^[${key}]`), coefficient)));
    else {
      for (const [side, sign] of [
        [number.numerator, 1n],
        [number.denominator, -1n],
      ] as const) {
        for (const [prime, count] of factor(side)) {
          const times = multiplyRational(coefficient, rational(count * sign));
          result = product(result, whole(atomSum(free(`#${prime}^[${key}]`), times)));
        }
      }
    }
  }
  return result;
}

function call(name: string, args: readonly Quotient[]): Quotient {
  const [first] = args;
  const number = first === undefined || args.length !== 1 ? undefined : rationalOf(first);
  if (name === 'sqrt' && first !== undefined && args.length === 1)
    return power(first, whole(constant(rational(1n, 2n))));
  if (name === 'factorial' && number !== undefined && isInteger(number)) {
    if (number.numerator < 0n) throw new Undefined();
    if (number.numerator <= MAX_FACTORIAL)
      return whole(constant(rational(productOf(1n, number.numerator, 1n))));
  }
  if (name === 'factorial2' && number !== undefined && isInteger(number)) {
    if (number.numerator < 0n) throw new BeyondLimit();
    if (number.numerator <= MAX_FACTORIAL) {
      return whole(
        constant(rational(productOf(number.numerator % 2n === 0n ? 2n : 1n, number.numerator, 2n))),
      );
    }
  }
  if (name === 'ln' && number !== undefined) return logarithm(number);
  return whole(atomSum(free(`${name}(${args.map(textOf).join(',')})`)));
}

function logarithm(value: Rational): Quotient {
  if (value.numerator <= 0n) throw new BeyondLimit();
  let result: Sum = new Map();
  for (const [side, sign] of [
    [value.numerator, 1n],
    [value.denominator, -1n],
  ] as const) {
    for (const [prime, count] of factor(side)) {
      result = addSums(result, scaleSum(atomSum(free(`ln(#${prime})`)), rational(count * sign)));
    }
  }
  return whole(result);
}

/** first * (first + step) * ... up to last, halving so that the factors stay of like size. */
function productOf(first: bigint, last: bigint, step: bigint): bigint {
  if (first > last) return 1n;
  const count = (last - first) / step;
  if (count < 8n) {
    let result = 1n;
    for (let value = first; value <= last; value += step) result *= value;
    return result;
  }
  const middle = first + (count / 2n) * step;
  return productOf(first, middle, step) * productOf(middle + step, last, step);
}

/** The positive rational by which all coefficients are whole and without a common factor. */
function commonFactor(sumOf: Sum): Rational {
  let above = 0n;
  let below = 1n;
  for (const { coefficient } of sumOf.values()) {
    above = gcd(above, coefficient.numerator);
    below = (below / gcd(below, coefficient.denominator)) * coefficient.denominator;
  }
  return rational(above, below);
}

function textOf(value: Quotient): string {
  return value.below === UNIT ? keyOf(value.above) : `(${keyOf(value.above)})/(${keyOf(value.below)})`;
}
