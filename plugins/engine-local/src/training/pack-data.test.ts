import { type Datum, float32, int64, modelInput } from '@tinsmith/core';
import { describe, expect, test } from 'vitest';
import { packData } from './pack-data.js';

const model = { vocabularySize: 10, maxTokens: 5, endTokens: [] };
const datum = (tokens: number[], lossFnInputs: Datum['lossFnInputs']): Datum => ({
  modelInput: modelInput(tokens),
  lossFnInputs,
});
const good = datum([1, 2], { target_tokens: int64([2, 3]), weights: float32([0, 1]) });

test('lays datums out one after the other', () => {
  const wide = datum([4], { target_tokens: int64([5, 6], [1, 2]), weights: float32([0.25, -1], [1, 2]) });
  expect(packData([good, wide], 'cross_entropy', model)).toEqual({
    lengths: Int32Array.of(2, 1),
    choices: Int32Array.of(1, 2),
    tokens: Int32Array.of(1, 2, 4),
    targets: Int32Array.of(2, 3, 5, 6),
    values: { weights: Float32Array.of(0, 1, 0.25, -1) },
  });
});

test('absent weights count every target once', () => {
  const packed = packData([datum([1, 2], { target_tokens: int64([2, 3]) })], 'cross_entropy', model);
  expect(packed.values.weights).toEqual(Float32Array.of(1, 1));
});

test('sparse matrices are filled up with zeros, rows may be empty', () => {
  const sparse = datum([1, 2, 3], {
    target_tokens: { ...int64([7, 8], [3, 2]), sparseCrowIndices: [0, 1, 1, 2], sparseColIndices: [1, 0] },
    weights: {
      ...float32([0.5, 0.25, 2], [3, 2]),
      sparseCrowIndices: [0, 2, 2, 3],
      sparseColIndices: [0, 1, 0],
    },
  });
  const packed = packData([sparse], 'cross_entropy', model);
  expect([...packed.targets]).toEqual([0, 7, 0, 0, 8, 0]);
  expect([...packed.values.weights!]).toEqual([0.5, 0.25, 0, 0, 2, 0]);
});

test('a logprob without an advantage cannot spoil the sum, except for dro', () => {
  const rl = datum([1, 2], {
    target_tokens: int64([2, 3]),
    logprobs: float32([-500, -1]),
    advantages: float32([0, 2]),
  });
  expect([...packData([rl], 'ppo', model).values.logprobs!]).toEqual([0, -1]);
  expect([...packData([rl], 'dro', model).values.logprobs!]).toEqual([-500, -1]);
});

describe('refuses', () => {
  const targets = int64([2, 3]);
  test.each<[string, string, Datum[]]>([
    ['INPUT_EMPTY', 'no datum', []],
    ['INPUT_EMPTY', 'no token', [datum([], { target_tokens: int64([]) })]],
    ['TOKEN_OUT_OF_RANGE', 'a token beyond the vocabulary', [datum([1, 10], { target_tokens: targets })]],
    ['TOKEN_OUT_OF_RANGE', 'a negative token', [datum([-1, 1], { target_tokens: targets })]],
    ['TOKEN_OUT_OF_RANGE', 'half a token', [datum([0.5, 1], { target_tokens: targets })]],
    [
      'TOKEN_OUT_OF_RANGE',
      'a target beyond the vocabulary',
      [datum([1, 2], { target_tokens: int64([2, 10]) })],
    ],
    [
      'SEQUENCE_TOO_LONG',
      'too many tokens',
      [datum([1, 1, 1, 1, 1, 1], { target_tokens: int64([1, 1, 1, 1, 1, 1]) })],
    ],
    ['LOSS_INPUT', 'no targets', [datum([1, 2], {})]],
    ['LOSS_INPUT', 'targets of another length', [datum([1, 2], { target_tokens: int64([2]) })]],
    [
      'LOSS_INPUT',
      'weights of another length',
      [datum([1, 2], { target_tokens: targets, weights: float32([1]) })],
    ],
    [
      'LOSS_INPUT',
      'weights of another width',
      [datum([1, 2], { target_tokens: targets, weights: float32([1, 1, 1, 1], [2, 2]) })],
    ],
    [
      'LOSS_INPUT',
      'numbers that do not fill the shape',
      [datum([1, 2], { target_tokens: int64([2, 3, 4], [2, 2]) })],
    ],
    [
      'LOSS_INPUT',
      'an input of another loss',
      [datum([1, 2], { target_tokens: targets, advantages: float32([1, 1]) })],
    ],
    [
      'LOSS_INPUT',
      'an unsound sparse matrix',
      [
        datum([1, 2], {
          target_tokens: { ...int64([1], [2, 2]), sparseCrowIndices: [0, 1], sparseColIndices: [0] },
        }),
      ],
    ],
    [
      'LOSS_INPUT',
      'a sparse column beyond the width',
      [
        datum([1], {
          target_tokens: { ...int64([1], [1, 2]), sparseCrowIndices: [0, 1], sparseColIndices: [2] },
        }),
      ],
    ],
    [
      'NUMBER_NOT_FINITE',
      'a weight that is no number',
      [datum([1, 2], { target_tokens: targets, weights: float32([1, NaN]) })],
    ],
    [
      'NUMBER_NOT_FINITE',
      'a weight beyond float32',
      [datum([1, 2], { target_tokens: targets, weights: float32([1, 1e39]) })],
    ],
  ])('%s: %s', (code, _, data) => {
    expect(() => packData(data, 'cross_entropy', model)).toThrow(expect.objectContaining({ code }));
  });

  test('and says which datum', () => {
    const bad = datum([1, 99], { target_tokens: targets });
    expect(() => packData([good, bad], 'cross_entropy', model)).toThrow(
      expect.objectContaining({ at: 'datum 1', found: '99 at 1, of 10 tokens' }),
    );
  });

  test('losses without what they need', () => {
    expect(() => packData([datum([1, 2], { target_tokens: targets })], 'ppo', model)).toThrow(
      /needs the input "logprobs"/,
    );
  });
});
