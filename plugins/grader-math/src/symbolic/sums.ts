/**
 * Sums of terms: a rational coefficient times powers of atoms. An atom is a variable, pi, a prime under a root, the root of
 * a sum, a power with a symbolic exponent, or a function value. Every rewriting here holds for all values of the variables
 * where the terms are defined (principal values), so that two expressions with the same sum are equal; atoms that are
 * related in a way not known here leave a difference, never a false zero.
 */
import {
  add as addRational,
  BeyondLimit,
  floor,
  integerPower,
  isZero as isZeroRational,
  multiply as multiplyRational,
  negate as negateRational,
  ONE,
  rational,
  textOf,
  type Rational,
} from './rational.js';

export type Atom =
  | { readonly kind: 'free'; readonly key: string }
  /** A positive integer, prime as far as known; exponents are kept in [0, 1). */
  | { readonly kind: 'prime'; readonly key: string; readonly value: bigint }
  /** -1 under a root; exponents are kept in [0, 1). */
  | { readonly kind: 'minus-one'; readonly key: string }
  /** A sum under a root; exponents are kept in [0, 1). */
  | { readonly kind: 'root'; readonly key: string; readonly of: Sum };

export type Factor = { readonly atom: Atom; readonly exponent: Rational };
export type Term = { readonly coefficient: Rational; readonly factors: readonly Factor[] };
/** Terms by the key of their factors. No coefficient is zero. */
export type Sum = ReadonlyMap<string, Term>;

/** Terms that a product may have before it is given up. */
const MAX_TERMS = 4_000;

export const MINUS_ONE: Atom = { kind: 'minus-one', key: '-1' };

export function constant(value: Rational): Sum {
  return isZeroRational(value) ? new Map() : new Map([['', { coefficient: value, factors: [] }]]);
}

export function atomSum(atom: Atom, exponent: Rational = ONE): Sum {
  return reduced({ coefficient: ONE, factors: [{ atom, exponent }] });
}

export function addSums(a: Sum, b: Sum): Sum {
  const terms = new Map(a);
  for (const [key, term] of b) addTerm(terms, key, term);
  return terms;
}

export function negateSum(a: Sum): Sum {
  return scaleSum(a, rational(-1n));
}

export function scaleSum(a: Sum, by: Rational): Sum {
  if (isZeroRational(by)) return new Map();
  return new Map(
    Array.from(a, ([key, term]) => [key, { ...term, coefficient: multiplyRational(term.coefficient, by) }]),
  );
}

export function multiplySums(a: Sum, b: Sum): Sum {
  if (a.size * b.size > MAX_TERMS * 8) throw new BeyondLimit();
  const terms = new Map<string, Term>();
  for (const left of a.values()) {
    for (const right of b.values()) {
      for (const [key, term] of multiplyTerms(left, right)) addTerm(terms, key, term);
    }
    if (terms.size > MAX_TERMS) throw new BeyondLimit();
  }
  return terms;
}

export function powerOfSum(base: Sum, exponent: bigint): Sum {
  const only = soleTerm(base);
  if (only !== undefined && exponent >= 0n) {
    const factors = only.factors.map(({ atom, exponent: e }) => ({
      atom,
      exponent: multiplyRational(e, rational(exponent)),
    }));
    return reduced({ coefficient: integerPower(only.coefficient, exponent), factors });
  }
  if (exponent < 0n || exponent > 400n) throw new BeyondLimit();
  let result = constant(ONE);
  let square = base;
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = multiplySums(result, square);
    if (bits > 1n) square = multiplySums(square, square);
  }
  return result;
}

export function soleTerm(sum: Sum): Term | undefined {
  return sum.size === 1 ? sum.values().next().value : undefined;
}

/** The value of a sum that is a rational number. */
export function constantOf(sum: Sum): Rational | undefined {
  if (sum.size === 0) return rational(0n);
  const only = soleTerm(sum);
  return only !== undefined && only.factors.length === 0 ? only.coefficient : undefined;
}

/** One text per sum: the same for equal sums. */
export function keyOf(sum: Sum): string {
  return [...sum]
    .map(([key, term]) => `${textOf(term.coefficient)}[${key}]`)
    .toSorted()
    .join('+');
}

function addTerm(terms: Map<string, Term>, key: string, term: Term): void {
  const known = terms.get(key);
  const coefficient =
    known === undefined ? term.coefficient : addRational(known.coefficient, term.coefficient);
  if (isZeroRational(coefficient)) terms.delete(key);
  else terms.set(key, { coefficient, factors: term.factors });
}

function multiplyTerms(a: Term, b: Term): Sum {
  return reduced({
    coefficient: multiplyRational(a.coefficient, b.coefficient),
    factors: [...a.factors, ...b.factors],
  });
}

/** Joins equal atoms and brings their exponents into range; a root raised to a whole power is multiplied out. */
export function reduced(term: Term): Sum {
  const exponents = new Map<string, Factor>();
  for (const factor of term.factors) {
    const known = exponents.get(factor.atom.key);
    exponents.set(
      factor.atom.key,
      known === undefined
        ? factor
        : { atom: factor.atom, exponent: addRational(known.exponent, factor.exponent) },
    );
  }
  let coefficient = term.coefficient;
  let expanded: Sum | undefined;
  const factors: Factor[] = [];
  for (const { atom, exponent } of exponents.values()) {
    if (isZeroRational(exponent)) continue;
    if (atom.kind === 'free') {
      factors.push({ atom, exponent });
      continue;
    }
    const whole = floor(exponent);
    const part = addRational(exponent, rational(-whole));
    if (atom.kind === 'prime')
      coefficient = multiplyRational(coefficient, integerPower(rational(atom.value), whole));
    else if (atom.kind === 'minus-one')
      coefficient = whole % 2n === 0n ? coefficient : negateRational(coefficient);
    else if (whole !== 0n) {
      const power = powerOfSum(atom.of, whole);
      expanded = expanded === undefined ? power : multiplySums(expanded, power);
    }
    if (!isZeroRational(part)) factors.push({ atom, exponent: part });
  }
  factors.sort((a, b) => (a.atom.key < b.atom.key ? -1 : a.atom.key > b.atom.key ? 1 : 0));
  const key = factors.map(({ atom, exponent }) => `${atom.key}^${textOf(exponent)}`).join(' ');
  const sum: Sum = isZeroRational(coefficient) ? new Map() : new Map([[key, { coefficient, factors }]]);
  return expanded === undefined ? sum : multiplySums(sum, expanded);
}
