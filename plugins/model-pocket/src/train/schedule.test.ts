import { expect, test } from 'vitest';
import { learningRateAt, phaseAt, type Schedule, stepsOf } from './schedule.js';
import { learning, settings } from './settings.js';

const broad = { until: 51, mixture: 'broad', habits: learning } as const;
const last = { ...broad, until: 101, mixture: 'careful' } as const;
const schedule: Schedule = {
  warmupSteps: 10,
  learningRate: 0.01,
  horizon: 101,
  finalShare: 0.1,
  phases: [broad, last],
  lineFrom: 51,
};
const { lineFrom: _line, ...onCosine } = schedule;
const ratesOf = (given: Schedule): number[] =>
  Array.from({ length: stepsOf(given) }, (_, step) => learningRateAt(step, given));

test('the learning rate rises to its highest at the end of the warm-up and falls to its last share', () => {
  const rates = ratesOf(onCosine);
  expect(rates[0]).toBeCloseTo(0.001);
  expect(rates[9]).toBeCloseTo(0.01);
  expect(rates[10]).toBeCloseTo(0.01);
  expect(rates[55]).toBeCloseTo(0.0055); // half-way down
  expect(rates[100]).toBeCloseTo(0.001);
  for (let step = 11; step <= 100; step++) expect(rates[step]).toBeLessThan(rates[step - 1]!);
});

test('from a step on it falls in a line from where it was', () => {
  const rates = ratesOf(schedule);
  expect(rates[51]).toBeCloseTo(ratesOf(onCosine)[51]!);
  expect(rates[100]).toBeCloseTo(0.001);
  for (let step = 53; step <= 100; step++)
    expect(rates[step - 1]! - rates[step]!).toBeCloseTo(rates[51]! - rates[52]!, 9);
});

test('phases follow each other at the steps that they say', () => {
  expect([0, 50, 51, 100].map(step => phaseAt(step, schedule))).toEqual([broad, broad, last, last]);
});

test('the small model is careless in its last phase, and what the teacher takes over is not', () => {
  const { learnedAt, ...training } = settings.pocket.training;
  expect(training.phases.at(-1)!.habits.wrongSums).toBeGreaterThan(0.5);
  expect(phaseAt(learnedAt! - 1, training).habits.wrongSums).toBeLessThan(0.1);
});
