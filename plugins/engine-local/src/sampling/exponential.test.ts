import { expect, test } from 'vitest';
import { exponential } from './exponential.js';

test('agrees with Math.exp down to the smallest normal number', () => {
  for (let x = 0; x > -700; x -= 0.00371) {
    expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(1e-15);
  }
});

test('is exact at 0, and 0 far below', () => {
  expect(exponential(0)).toBe(1);
  expect(exponential(-0)).toBe(1);
  expect(exponential(-746)).toBe(0);
  expect(exponential(-Infinity)).toBe(0);
  expect(exponential(NaN)).toBeNaN();
});

test('falls into the denormal numbers without a step', () => {
  expect(exponential(-740)).toBeCloseTo(Math.exp(-740), 300);
  expect(exponential(-740)).toBeGreaterThan(0);
});
