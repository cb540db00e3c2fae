import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addDimensions,
  broadcastShapes,
  canonical,
  isSameDimension,
  multiplyDimensions,
  subtractDimensions,
} from './dimension.js';

test('equal polynomials are equal dimensions, however they are written', () => {
  expect(canonical('time*batch')).toBe('batch*time');
  expect(canonical('1 + capacity')).toBe('capacity+1');
  expect(canonical('3')).toBe(3);
  expect(multiplyDimensions([3, 'time', 2, 'batch'])).toBe('6*batch*time');
  expect(subtractDimensions('capacity+1', 'capacity')).toBe(1);
  expect(isSameDimension('batch', 'time')).toBe(false);
  expect(() => canonical('batch/2')).toThrow('"batch/2" is not a dimension');
});

test('sums and products of dimensions agree with sums and products of their values', () => {
  const names = ['a', 'b', 'c'];
  const leaf = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(...names));
  const values = fc.record({ a: fc.nat(9), b: fc.nat(9), c: fc.nat(9) });
  fc.assert(
    fc.property(
      fc.array(fc.array(leaf, { minLength: 1, maxLength: 3 }), { minLength: 1 }),
      values,
      (sum, at) => {
        const dimension = addDimensions(sum.map(multiplyDimensions));
        const valueOf = (term: number | string): number =>
          typeof term === 'number' ? term : (at as Record<string, number>)[term]!;
        const expected = sum.reduce(
          (total, factors) => total + factors.map(valueOf).reduce((a, b) => a * b, 1),
          0,
        );
        const text = String(dimension).replaceAll(/[abc]/g, name => String(valueOf(name)));
        const found = text
          .split('+')
          .reduce((total, term) => total + term.split('*').reduce((product, x) => product * Number(x), 1), 0);
        expect(found).toBe(expected);
        expect(canonical(dimension)).toBe(dimension);
      },
    ),
  );
});

test('a name broadcasts against 1 and itself only', () => {
  expect(broadcastShapes('Add', ['batch', 1, 3], ['time', 1])).toEqual(['batch', 'time', 3]);
  expect(() => broadcastShapes('Add', ['batch', 3], [2, 3])).toThrow(
    'Add: [batch, 3] and [2, 3] do not broadcast',
  );
});
