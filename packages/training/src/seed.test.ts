import { expect, test } from 'vitest';
import { mixSeed } from './seed.js';

test('is SplitMix64: its first output for seed 0, without the low 12 bits', () => {
  expect(mixSeed(0)).toBe(Number(0xe220a8397b1dcdafn >> 12n));
});

test('repeats for the same parts and differs for any other', () => {
  const seeds = [[0], [1], [0, 0], [0, 1], [1, 0], [0, 0, 1], [-1]].map(parts => mixSeed(...parts));
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(mixSeed(7, 3, 99)).toBe(mixSeed(7, 3, 99));
});

test('leaves room for the number of the sample in 53 bits', () => {
  for (let part = 0; part < 1000; part++) {
    const seed = mixSeed(part, part);
    expect(Number.isSafeInteger(seed + 2 ** 51)).toBe(true);
    expect(seed).toBeGreaterThanOrEqual(0);
  }
});

test('refuses a part that is not a whole number', () => {
  expect(() => mixSeed(0.5)).toThrow(RangeError);
});
