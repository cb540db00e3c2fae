import { expect, test } from 'vitest';
import { createRandom } from './random.js';

const draw = (...seeds: number[]): number[] => {
  const random = createRandom(...seeds);
  return Array.from({ length: 1000 }, () => random.next());
};

test('repeats a sequence for the same seeds and gives another one for others, their order included', () => {
  expect(draw(1, 2)).toEqual(draw(1, 2));
  const firsts = [draw(1, 2), draw(2, 1), draw(1, 3), draw(1), draw(2)].map(sequence => sequence[0]);
  expect(new Set(firsts).size).toBe(5);
});

test('spreads numbers evenly over [0, 1), also the first ones of neighbouring streams', () => {
  const first = Array.from({ length: 1000 }, (_, step) => createRandom(0, step).next());
  for (const numbers of [draw(0), draw(7, 7), first]) {
    const counts = Array.from(
      { length: 10 },
      (_, decile) => numbers.filter(n => Math.floor(n * 10) === decile).length,
    );
    expect(Math.min(...counts)).toBeGreaterThan(65); // 100 expected, standard deviation 9.5
    expect(Math.max(...counts)).toBeLessThan(135);
  }
});

test('draws integers with both ends included and picks every item', () => {
  const random = createRandom(3);
  const drawn = new Set(Array.from({ length: 200 }, () => random.integer(2, 5)));
  expect(drawn).toEqual(new Set([2, 3, 4, 5]));
  const picked = new Set(Array.from({ length: 200 }, () => random.pick(['a', 'b', 'c'])));
  expect(picked).toEqual(new Set(['a', 'b', 'c']));
});
