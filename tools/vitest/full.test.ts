import { expect, test } from 'vitest';
import { isFull, sampled } from './full.ts';

test.skipIf(isFull)('a sample is spread over the list, the same every time', () => {
  const all = Array.from({ length: 10 }, (_, i) => i);
  expect(sampled(all, 4)).toEqual([0, 2, 5, 7]);
  expect(sampled(all, 10)).toBe(all);
  expect(sampled(all, 20)).toBe(all);
});
