import { expect, test } from 'vitest';
import { buffersOf } from './transfer.js';

test('finds every buffer once, however deep', () => {
  const shared = Float32Array.of(1, 2, 3);
  const other = new Int32Array(2);
  const value = {
    list: [{ a: shared }, { a: shared.subarray(1) }],
    other,
    text: 'x',
    none: null,
    numbers: [1, 2],
  };
  expect(buffersOf(value)).toEqual([shared.buffer, other.buffer]);
});
