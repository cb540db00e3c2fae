import { type Datum, float32, int64, modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { klSampleTrain } from './kl.js';

const datum = (lossFnInputs: Datum['lossFnInputs']): Datum => ({
  modelInput: modelInput([1, 2]),
  lossFnInputs,
});

test('compares only the tokens that the policy sampled', () => {
  const data = [datum({ target_tokens: int64([2, 3]), logprobs: float32([-9, -1]), mask: float32([0, 1]) })];
  expect(klSampleTrain(data, [[-5, -3]])).toEqual({
    'optim/kl_sample_train_v1': 2,
    'optim/kl_sample_train_v2': 2,
    'optim/entropy': 1,
  });
});

test('names the datum that lost its mask', () => {
  const data = [datum({ target_tokens: int64([2, 3]), logprobs: float32([0, -1]) })];
  expect(() => klSampleTrain(data, [[-1, -1]])).toThrow(
    expect.objectContaining({ code: 'TRAINING_DATA_UNMASKED', at: 'datum 0' }),
  );
});
