import { expect, test } from 'vitest';
import { defaultMemory } from './memory-budget.js';

test.each([
  [0, 1],
  [3, 2],
  [7, 4],
  [9, 6],
  [24, 16],
])('with %d GiB free it is %d', (free, expected) => {
  expect(defaultMemory(free * 2 ** 30)).toBe(expected * 2 ** 30);
});
