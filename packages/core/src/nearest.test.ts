import { expect, test } from 'vitest';
import { nearest } from './nearest.js';

test.each([
  ['leraningRate', 'learningRate'],
  ['learning_rate', 'learningRate'],
  ['groupsize', 'groupSize'],
  ['tinkr', 'tinker'],
  ['completelyOther', undefined],
  ['x', undefined],
])('suggests for %s: %s', (name, expected) => {
  expect(nearest(name, ['learningRate', 'groupSize', 'maxTokens', 'tinker'])).toBe(expected);
});
