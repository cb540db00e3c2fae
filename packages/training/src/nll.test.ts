import { type Datum, float32, int64, modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { measureNll } from './nll.js';
import { countTokens } from './supervised-data.js';
import { byteTokenizer } from '../../testkit/src/byte-tokenizer.js';

const tokenizer = byteTokenizer([]);
const hard: Datum = {
  modelInput: modelInput([64, 65]),
  lossFnInputs: { target_tokens: int64([65, 66]), weights: float32([1, 1]) },
};
const soft: Datum = {
  modelInput: modelInput([64, 65, 66]),
  lossFnInputs: {
    target_tokens: int64([65, 97, 66, 98, 67, 99], [3, 2]),
    weights: float32([0, 0, 0.75, 0.25, 1, 0], [3, 2]),
  },
};

test('soft targets count with their weights, and are no text', () => {
  const logprobs = [[-5, -5, -1, -2, -3, -Infinity]];
  const { meanNll, bitsPerByte, numLossTokens } = measureNll([soft], logprobs, tokenizer);
  expect(numLossTokens).toBe(2);
  expect(meanNll).toBeCloseTo((0.75 * 1 + 0.25 * 2 + 3) / 2, 9);
  expect(bitsPerByte).toBeNaN();
  const both = measureNll([hard, soft], [[-1, -2], ...logprobs], tokenizer);
  expect(both.bitsPerByte).toBeCloseTo(3 / (Math.LN2 * 2), 9);
});

test('a position with several targets is one token', () => {
  expect(countTokens([hard, soft])).toBe(5);
});
