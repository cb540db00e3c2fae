import { expect, test } from 'vitest';
import { habitsAt, learningRateAt, type Schedule } from './schedule.js';
import { settings } from './settings.js';

const { first, last } = settings.pocket.training;
const schedule: Schedule = {
  steps: 101,
  warmupSteps: 10,
  learningRate: 0.01,
  finalShare: 0.1,
  first,
  last,
  firstPart: 0.5,
};

test('the learning rate rises to its highest at the end of the warm-up and falls to its last share', () => {
  const rates = Array.from({ length: 101 }, (_, step) => learningRateAt(step, schedule));
  expect(rates[0]).toBeCloseTo(0.001);
  expect(rates[9]).toBeCloseTo(0.01);
  expect(rates[10]).toBeCloseTo(0.01);
  expect(rates[55]).toBeCloseTo(0.0055); // half-way down
  expect(rates[100]).toBeCloseTo(0.001);
  for (let step = 11; step <= 100; step++) expect(rates[step]).toBeLessThan(rates[step - 1]!);
});

test('exercises become harder and answers careless in the last part', () => {
  expect([0, 50, 51, 100].map(step => habitsAt(step, schedule))).toEqual([first, first, last, last]);
  expect(last.wrongSums).toBeGreaterThan(first.wrongSums);
});
