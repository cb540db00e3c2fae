import { type Datum, float32, inputTokens, int64, modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { RecordingTrainingClient } from '../test/recording-training-client.js';
import { trainStep } from './train-step.js';

const datum = (token: number, advantage = 1): Datum => ({
  modelInput: modelInput([token, token]),
  lossFnInputs: {
    target_tokens: int64([token, token]),
    logprobs: float32([0, -1]),
    advantages: float32([0, advantage]),
    mask: float32([0, 1]),
  },
});
const options = { learningRate: 4e-5, lossFn: 'importance_sampling' } as const;

test('takes the mask off before sending, and sends everything else', async () => {
  const training = new RecordingTrainingClient();
  await trainStep(training, [datum(7)], options);
  const [sent] = training.passes[0]!.data;
  expect(Object.keys(sent!.lossFnInputs)).toEqual(['target_tokens', 'logprobs', 'advantages']);
  expect(inputTokens(sent!.modelInput)).toEqual([7, 7]);
});

test('submits each backward pass with its update before it awaits anything', async () => {
  const training = new RecordingTrainingClient();
  const step = trainStep(training, [datum(1), datum(2), datum(3)], { ...options, numSubsteps: 2 });
  expect(training.calls).toEqual(['forwardBackward', 'optimStep', 'forwardBackward', 'optimStep']);
  await step;
});

test('gives Adam the values of the Cookbook, not the defaults of the API', async () => {
  const training = new RecordingTrainingClient();
  await trainStep(training, [datum(1)], options);
  expect(training.updates).toEqual([{ learningRate: 4e-5, beta1: 0.9, beta2: 0.95, eps: 1e-8 }]);
});

test('passes the loss and its thresholds on', async () => {
  const training = new RecordingTrainingClient();
  const lossFnConfig = { clip_low_threshold: 0.9 };
  await trainStep(training, [datum(1)], { ...options, lossFn: 'ppo', lossFnConfig });
  expect(training.passes[0]).toMatchObject({ lossFn: 'ppo', config: lossFnConfig });
});

test('returns logprobs in the order of the data, the whole loss, and the last metrics of the optimiser', async () => {
  const training = new RecordingTrainingClient();
  const data = [datum(1), datum(2), datum(3)];
  const { trainingLogprobs, metrics } = await trainStep(training, data, { ...options, numSubsteps: 2 });
  expect(trainingLogprobs).toEqual([
    [-1, -1],
    [-2, -2],
    [-2, -2],
  ]);
  expect(metrics).toEqual({ 'loss:sum': 1 + 2, 'optim/grad_norm': 2 });
});

test('refuses to train on nothing', async () => {
  const step = trainStep(new RecordingTrainingClient(), [], options);
  await expect(step).rejects.toMatchObject({ code: 'TRAINING_DATA_EMPTY' });
});

test.each([Number.NaN, Infinity])('refuses an advantage of %s before anything is sent', async advantage => {
  const training = new RecordingTrainingClient();
  const step = trainStep(training, [datum(1), datum(2, advantage)], options);
  await expect(step).rejects.toMatchObject({
    code: 'TRAINING_DATA_NOT_FINITE',
    at: 'datum 1, advantages[1]',
    found: String(advantage),
  });
  expect(training.calls).toEqual([]);
});

test('fails with the error of the engine when an update fails', async () => {
  const training = new RecordingTrainingClient();
  training.optimStep = () => Promise.reject(new Error('out of memory'));
  await expect(trainStep(training, [datum(1)], options)).rejects.toThrow('out of memory');
});
