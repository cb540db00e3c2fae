/**
 * Dimensions that are numbers, names, or polynomials of names ("batch*time", "capacity+1"), and what broadcasting does to them.
 * Two dimensions are equal if their polynomials are; a name is never assumed to be equal to a number.
 */
import { GraphError } from './errors.js';

/** A size: a number, or a text whose value is known when the graph runs, such as "batch", "3*time" or "capacity+1". */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

/** From a product of names in alphabetical order ("" for 1) to its coefficient. */
type Polynomial = ReadonlyMap<string, number>;

/** The terms of a dimension: 3*batch*time is { coefficient: 3, names: ['batch', 'time'] }. */
export interface Term {
  readonly coefficient: number;
  readonly names: readonly string[];
}

export function termsOf(dimension: Dimension): Term[] {
  return [...parse(dimension)].map(([product, coefficient]) => ({
    coefficient,
    names: product === '' ? [] : product.split('*'),
  }));
}

/** The one spelling of a dimension: equal dimensions have equal canonical forms. */
export function canonical(dimension: Dimension): Dimension {
  return typeof dimension === 'number' ? dimension : format(parse(dimension));
}

/** multiplyDimensions([2, 'batch', 3]) is "6*batch". */
export function multiplyDimensions(dimensions: Shape): Dimension {
  let product: Polynomial = parse(1);
  for (const dimension of dimensions) {
    const next = new Map<string, number>();
    for (const [left, a] of product)
      for (const [right, b] of parse(dimension)) {
        const names = [...left.split('*'), ...right.split('*')].filter(name => name !== '');
        addTerm(next, names.toSorted().join('*'), a * b);
      }
    product = next;
  }
  return format(product);
}

export function addDimensions(dimensions: Shape): Dimension {
  const sum = new Map<string, number>();
  for (const dimension of dimensions)
    for (const [names, coefficient] of parse(dimension)) addTerm(sum, names, coefficient);
  return format(sum);
}

export function subtractDimensions(left: Dimension, right: Dimension): Dimension {
  return addDimensions([left, multiplyDimensions([-1, right])]);
}

export function isSameDimension(left: Dimension, right: Dimension): boolean {
  return left === right || canonical(left) === canonical(right);
}

export function isSameShape(left: Shape, right: Shape): boolean {
  return left.length === right.length && left.every((dimension, i) => isSameDimension(dimension, right[i]!));
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** The shape of an elementwise result, aligned at the last dimension. A name broadcasts against 1 and itself only. */
export function broadcastShapes(operator: string, left: Shape, right: Shape): Shape {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, i) => {
    const a = left[i - rank + left.length] ?? 1;
    const b = right[i - rank + right.length] ?? 1;
    if (a === 1) return b;
    if (b === 1 || isSameDimension(a, b)) return a;
    throw new GraphError(
      'SHAPE_MISMATCH',
      `${operator}: ${formatShape(left)} and ${formatShape(right)} do not broadcast`,
    );
  });
}

/** `axis` counted from the front; negative axes count from the back. */
export function resolveAxis(operator: string, axis: number, shape: Shape): number {
  const resolved = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= shape.length)
    throw new GraphError('INVALID_ARGUMENT', `${operator}: ${formatShape(shape)} has no axis ${axis}`);
  return resolved;
}

function parse(dimension: Dimension): Polynomial {
  if (typeof dimension === 'number') return new Map(dimension === 0 ? [] : [['', dimension]]);
  const polynomial = new Map<string, number>();
  for (const term of dimension.replaceAll(' ', '').replaceAll('-', '+-1*').split('+')) {
    if (term === '') continue;
    const factors = term.split('*');
    const names = factors.filter(factor => Number.isNaN(Number(factor)));
    const numbers = factors.filter(factor => !Number.isNaN(Number(factor))).map(Number);
    if (names.some(name => !/^[A-Za-z_]\w*$/.test(name)))
      throw new GraphError('INVALID_ARGUMENT', `"${dimension}" is not a dimension`);
    addTerm(
      polynomial,
      names.toSorted().join('*'),
      numbers.reduce((a, b) => a * b, 1),
    );
  }
  return polynomial;
}

function format(polynomial: Polynomial): Dimension {
  if (polynomial.size === 0) return 0;
  if (polynomial.size === 1 && polynomial.has('')) return polynomial.get('')!;
  const terms = [...polynomial].toSorted(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1)); // the number last
  const texts = terms.map(([names, coefficient]) => {
    if (names === '') return String(coefficient);
    return coefficient === 1 ? names : `${coefficient}*${names}`;
  });
  return texts.join('+').replaceAll('+-', '-');
}

function addTerm(polynomial: Map<string, number>, names: string, coefficient: number): void {
  const sum = (polynomial.get(names) ?? 0) + coefficient;
  if (sum === 0) polynomial.delete(names);
  else polynomial.set(names, sum);
}
