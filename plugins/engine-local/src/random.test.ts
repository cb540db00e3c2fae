import { expect, test } from 'vitest';
import { createRandom } from './random.js';

const take = (count: number, seed: number | bigint, stream?: string) => {
  const random = createRandom(seed, stream);
  return Array.from({ length: count }, () => random.uniform());
};

test('a seed gives the same numbers, on every platform', () => {
  expect(take(3, 42)).toEqual(take(3, 42));
  expect(take(2, 0)).toMatchInlineSnapshot(`
    [
      0.870254774404272,
      0.6697971505310978,
    ]
  `);
});

test('neighbouring seeds, negative and large ones give other numbers', () => {
  const firsts = [0, 1, 2, -1, 2 ** 52, 2n ** 63n].map(seed => take(1, seed)[0]);
  expect(new Set(firsts).size).toBe(firsts.length);
  expect(take(2, -1)).toEqual(take(2, 2n ** 64n - 1n));
});

test('streams of one seed differ', () => {
  expect(take(2, 7, 'a')).not.toEqual(take(2, 7, 'b'));
});

test('first numbers of successive seeds are uniform', () => {
  const bins = new Float64Array(16);
  for (let seed = 0; seed < 16_000; seed++) bins[Math.floor(take(1, seed)[0]! * 16)]!++;
  const statistic = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(statistic).toBeLessThan(44.3); // chi-square with 15 degrees of freedom, p = 1e-4
});

test('normal numbers have mean 0 and deviation 1', () => {
  const random = createRandom(3);
  const values = Array.from({ length: 50_000 }, () => random.normal());
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(Math.abs(variance - 1)).toBeLessThan(0.03);
});
