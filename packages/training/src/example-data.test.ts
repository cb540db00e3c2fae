import { expect, test } from 'vitest';
import { exampleDatum, lengthStatistics } from './example-data.js';

const example = { tokens: [1, 2, 3, 4, 5], weights: [0, 0, 0, 1, 1] };
const name = 'train.jsonl:17';

test('an example is shifted, cut and weighted', () => {
  const { lossFnInputs } = exampleDatum(example, { name, maxLength: 4 });
  expect(lossFnInputs['target_tokens']!.data).toEqual([2, 3, 4]);
  expect(lossFnInputs['weights']!.data).toEqual([0, 0, 1]);
});

test.each([
  ['no weight', { ...example, weights: [0, 0, 0, 0, 0] }, 5, 'TRAINING_EXAMPLE_UNTRAINED'],
  [
    'a weight on the first token only',
    { ...example, weights: [1, 0, 0, 0, 0] },
    5,
    'TRAINING_EXAMPLE_UNTRAINED',
  ],
  ['everything trained cut off', example, 3, 'TRAINING_EXAMPLE_UNTRAINED'],
  ['one token', { tokens: [1], weights: [1] }, 5, 'TRAINING_EXAMPLE_TOO_SHORT'],
  ['no token', { tokens: [], weights: [] }, 5, 'TRAINING_EXAMPLE_TOO_SHORT'],
  ['a length that leaves one token', example, 1, 'TRAINING_EXAMPLE_TOO_SHORT'],
])('an example with %s is refused by its name', (_, wrong, maxLength, code) => {
  expect(() => exampleDatum(wrong, { name, maxLength })).toThrow(expect.objectContaining({ code, at: name }));
});

test('counts what a length cuts off', () => {
  const short = { tokens: [1, 2, 3], weights: [0, 1, 1] };
  expect(lengthStatistics([example, short], 4)).toEqual({
    examples: 2,
    tokens: 8,
    trainedTokens: 4,
    longest: 5,
    cutExamples: 1,
    cutTokens: 1,
    cutTrainedTokens: 1,
    fill: 7 / 8,
  });
  expect(lengthStatistics([]).fill).toBe(1);
});
