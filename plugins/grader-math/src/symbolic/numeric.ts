/**
 * Decides whether an expression of nested roots is zero, by interval arithmetic on BigInt: an interval without zero shows
 * that it is not; an interval around zero that is narrower than the separation bound of the expression shows that it is.
 * Bound: Burnikel, Funke, Mehlhorn, Schirra, Schmitt, "A Separation Bound for Real Algebraic Expressions" (2001): a value
 * that is not zero is at least 1 / (u^(D-1) l), D the product of the degrees of its roots.
 *
 * Variables take seeded random rational values of both signs. An expression that cannot be evaluated there (an even root of
 * a negative number, pi, a function) is left undecided, and undecided counts as different.
 */
import type { Expression } from './expression.js';
import type { Rational } from './rational.js';

/** Enclosure of a real number in units of 2^-precision. */
type Interval = { readonly low: bigint; readonly high: bigint };
type Bound = { readonly above: number; readonly below: number };
type Value = { readonly interval: Interval; readonly bound: Bound };

class Undecided extends Error {}

/** Bits of precision: two tries, the second as fine as the separation bound asks, up to a limit. */
const FIRST_PRECISION = 192;
const MAX_PRECISION = 24_000;
const MAX_POWER = 64n;
const POINTS = 8;

/** Whether `expression` is zero for all values of its variables; false when that is not shown. */
export function isZeroByBound(expression: Expression, seed = 1): boolean {
  const names = [...variablesOf(expression)].toSorted();
  if (names.includes('pi')) return false;
  const random = generator(seed);
  const points = names.length === 0 ? 1 : POINTS;
  for (let point = 0; point < points; point += 1) {
    const assignment = new Map(names.map(name => [name, randomRational(random)]));
    if (!isZeroAt(expression, assignment)) return false;
  }
  return true;
}

function isZeroAt(expression: Expression, assignment: ReadonlyMap<string, Rational>): boolean {
  try {
    const first = new Evaluation(assignment, FIRST_PRECISION);
    const coarse = first.value(expression);
    if (coarse.interval.low > 0n || coarse.interval.high < 0n) return false;
    const bits = Math.ceil((first.degree - 1) * coarse.bound.above + coarse.bound.below) + 2;
    if (!(bits + 128 < MAX_PRECISION)) return false;
    const precision = bits + 128;
    const { interval } = new Evaluation(assignment, precision).value(expression);
    const separation = 1n << BigInt(precision - bits);
    return (
      interval.low > -separation && interval.high < separation && interval.low <= 0n && interval.high >= 0n
    );
  } catch (error) {
    if (error instanceof Undecided) return false;
    throw error;
  }
}

class Evaluation {
  readonly #assignment: ReadonlyMap<string, Rational>;
  readonly #precision: bigint;
  /** Product of the degrees of all roots met: at least the algebraic degree. */
  degree = 1;

  constructor(assignment: ReadonlyMap<string, Rational>, precision: number) {
    this.#assignment = assignment;
    this.#precision = BigInt(precision);
  }

  value(expression: Expression): Value {
    switch (expression.kind) {
      case 'number': {
        const digits = BigInt(expression.digits);
        const power = 10n ** BigInt(Math.abs(expression.scale));
        return expression.scale < 0 ? this.#fraction(digits, power) : this.#fraction(digits * power, 1n);
      }
      case 'symbol': {
        const value = this.#assignment.get(expression.name);
        if (value === undefined) throw new Undecided();
        return this.#fraction(value.numerator, value.denominator);
      }
      case 'negative': {
        const { interval, bound } = this.value(expression.of);
        return { interval: { low: -interval.high, high: -interval.low }, bound };
      }
      case 'sum':
        return this.#sum(this.value(expression.left), this.value(expression.right));
      case 'difference':
        return this.#sum(this.value(expression.left), this.value({ kind: 'negative', of: expression.right }));
      case 'product':
        return this.#product(this.value(expression.left), this.value(expression.right));
      case 'quotient':
        return this.#product(this.value(expression.left), this.#inverse(this.value(expression.right)));
      case 'power':
        return this.#power(expression.left, expression.right);
      default: {
        const [argument] = expression.args;
        if (expression.name !== 'sqrt' || argument === undefined || expression.args.length !== 1)
          throw new Undecided();
        return this.#root(this.value(argument), 2n);
      }
    }
  }

  #fraction(numerator: bigint, denominator: bigint): Value {
    const scaled = numerator << this.#precision;
    return {
      interval: { low: floorDivide(scaled, denominator), high: -floorDivide(-scaled, denominator) },
      bound: { above: log2(numerator), below: log2(denominator) },
    };
  }

  #sum(a: Value, b: Value): Value {
    return {
      interval: { low: a.interval.low + b.interval.low, high: a.interval.high + b.interval.high },
      bound: {
        above: Math.max(a.bound.above + b.bound.below, b.bound.above + a.bound.below) + 1,
        below: a.bound.below + b.bound.below,
      },
    };
  }

  #product(a: Value, b: Value): Value {
    const ends = [a.interval.low, a.interval.high].flatMap(x => [x * b.interval.low, x * b.interval.high]);
    const low = ends.reduce((x, y) => (y < x ? y : x));
    const high = ends.reduce((x, y) => (y > x ? y : x));
    return {
      interval: { low: low >> this.#precision, high: -(-high >> this.#precision) },
      bound: { above: a.bound.above + b.bound.above, below: a.bound.below + b.bound.below },
    };
  }

  #inverse({ interval, bound }: Value): Value {
    if (interval.low <= 0n && interval.high >= 0n) throw new Undecided();
    const one = 1n << (2n * this.#precision);
    return {
      interval: { low: floorDivide(one, interval.high), high: -floorDivide(-one, interval.low) },
      bound: { above: bound.below, below: bound.above },
    };
  }

  #power(base: Expression, exponent: Expression): Value {
    const { numerator, denominator } = rationalExponent(exponent);
    if (numerator > MAX_POWER || numerator < -MAX_POWER || denominator > MAX_POWER) throw new Undecided();
    const value = this.value(base);
    const rooted = denominator === 1n ? value : this.#root(value, denominator);
    let result = this.#fraction(1n, 1n);
    for (let count = numerator < 0n ? -numerator : numerator; count > 0n; count -= 1n)
      result = this.#product(result, rooted);
    return numerator < 0n ? this.#inverse(result) : result;
  }

  #root({ interval, bound }: Value, degree: bigint): Value {
    if (interval.low < 0n) throw new Undecided(); // negative, or not known to be positive
    this.degree *= Number(degree);
    const shift = this.#precision * (degree - 1n);
    const k = Number(degree);
    const { above, below } = bound;
    return {
      interval: {
        low: integerRoot(interval.low << shift, degree),
        high: integerRoot(interval.high << shift, degree) + 1n,
      },
      bound:
        above >= below
          ? { above: (above + (k - 1) * below) / k, below }
          : { above, below: ((k - 1) * above + below) / k },
    };
  }
}

function rationalExponent(exponent: Expression): Rational {
  if (exponent.kind === 'number' && exponent.scale === 0)
    return { numerator: BigInt(exponent.digits), denominator: 1n };
  if (exponent.kind === 'negative') {
    const { numerator, denominator } = rationalExponent(exponent.of);
    return { numerator: -numerator, denominator };
  }
  if (exponent.kind === 'quotient') {
    const above = rationalExponent(exponent.left);
    const below = rationalExponent(exponent.right);
    if (above.denominator === 1n && below.denominator === 1n && below.numerator > 0n) {
      return { numerator: above.numerator, denominator: below.numerator };
    }
  }
  throw new Undecided();
}

/** Largest integer whose power is at most `value`, by Newton's iteration from above. */
function integerRoot(value: bigint, degree: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << (BigInt(value.toString(16).length * 4) / degree + 1n);
  for (;;) {
    const next = ((degree - 1n) * guess + value / guess ** (degree - 1n)) / degree;
    if (next >= guess) return guess;
    guess = next;
  }
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** An upper bound of log2 |value|, zero for 0. */
function log2(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  return magnitude < 2n
    ? 0
    : magnitude < 1n << 52n
      ? Math.log2(Number(magnitude)) + 1e-9
      : magnitude.toString(16).length * 4;
}

function variablesOf(expression: Expression, names = new Set<string>()): Set<string> {
  if (expression.kind === 'symbol') names.add(expression.name);
  else if (expression.kind === 'negative') variablesOf(expression.of, names);
  else if (expression.kind === 'call') for (const argument of expression.args) variablesOf(argument, names);
  else if (expression.kind !== 'number') {
    variablesOf(expression.left, names);
    variablesOf(expression.right, names);
  }
  return names;
}

/** Numerator up to 2^20 of either sign over a small denominator. */
function randomRational(random: () => number): Rational {
  const numerator = BigInt(1 + Math.floor(random() * 2 ** 20)) * (random() < 0.5 ? -1n : 1n);
  return { numerator, denominator: BigInt(1 + Math.floor(random() * 97)) };
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
