import { expect, test } from 'vitest';
import { StepTimes } from './spans.js';

test('a span seen once is one number, a repeated one is split up', () => {
  const times = new StepTimes(3);
  times.add('train', 2);
  times.add('sampling', 1);
  times.add('sampling', 4);
  expect(times.metrics()).toEqual({
    'time/train': 2,
    'time/sampling:total': 5,
    'time/sampling:count': 2,
    'time/sampling:mean': 2.5,
    'time/sampling:max': 4,
  });
});
