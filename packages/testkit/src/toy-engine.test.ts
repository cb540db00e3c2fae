import { type Datum, float32, int64, modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { engineConformance } from './conformance/engine.js';
import { TOY_VOCABULARY, ToyEngine, toyEngine } from './toy-engine.js';
import { toyTokenizer } from './toy-tokenizer.js';

engineConformance({
  plugins: [toyEngine()],
  engine: 'toy',
  baseModel: 'toy',
  tokens: toyTokenizer.encode('what is 4+5?'),
});

test('the toy tokenizer gives back what it was given', () => {
  const text = 'What is 4 + 5?\n';
  expect(toyTokenizer.decode(toyTokenizer.encode(text))).toBe(text);
});

const nowhere = () => new ToyEngine('/nowhere');

test('the most likely tokens of a prompt, best first, with their log-probabilities', async () => {
  const training = await nowhere().createLoraTrainingClient();
  const [a, b, c] = [1, 2, 3];
  const chain: Datum = {
    modelInput: modelInput([a, a, a]),
    lossFnInputs: { target_tokens: int64([b, b, c]), weights: float32([1, 1, 1]) },
  };
  await training.forwardBackward([chain], 'cross_entropy');
  await training.optimStep({ learningRate: 0.5 });
  await training.forwardBackward(
    [{ ...chain, lossFnInputs: { ...chain.lossFnInputs, weights: float32([1, 1, 0]) } }],
    'cross_entropy',
  );
  await training.optimStep({ learningRate: 0.5 });
  const sampling = await training.saveWeightsAndGetSamplingClient();
  const { topkPromptLogprobs } = await sampling.sample({
    prompt: modelInput([a, b]),
    numSamples: 1,
    samplingParams: { maxTokens: 1 },
    topkPromptLogprobs: 2,
  });
  expect(topkPromptLogprobs![0]).toBeNull();
  expect(topkPromptLogprobs![1]!.map(([token]) => token)).toEqual([b, c]);
  for (const [token, logprob] of topkPromptLogprobs![1]!)
    expect((await sampling.computeLogprobs(modelInput([a, token])))[1]).toBe(logprob);
});

test('soft targets: the loss is the cross-entropy with their weights, and its gradient that of hard ones, added up', async () => {
  const targets = [4, 5, 6, 7];
  const weights = [0.7, 0.3, 0.25, 0.75];
  const soft: Datum = {
    modelInput: modelInput([1, 2]),
    lossFnInputs: { target_tokens: int64(targets, [2, 2]), weights: float32(weights, [2, 2]) },
  };
  const hard = targets.map((target, i): Datum => ({
    modelInput: modelInput([i < 2 ? 1 : 2]),
    lossFnInputs: { target_tokens: int64([target]), weights: float32([weights[i]!]) },
  }));
  const [one, other] = [
    await nowhere().createLoraTrainingClient(),
    await nowhere().createLoraTrainingClient(),
  ];
  const { lossFnOutputs, metrics } = await one.forwardBackward([soft], 'cross_entropy');
  expect(lossFnOutputs[0]!['logprobs']).toMatchObject({ shape: [2, 2], data: { length: 4 } });
  expect(metrics['loss:sum']).toBeCloseTo(2 * Math.log(TOY_VOCABULARY), 6); // it knows nothing yet
  await other.forwardBackward(hard, 'cross_entropy');
  await Promise.all([one, other].map(client => client.optimStep({ learningRate: 0.1, eps: 1e-8 })));
  const scores = await Promise.all(
    [one, other].map(async client => (await client.forward([soft], 'cross_entropy')).metrics['loss:sum']!),
  );
  expect(scores[0]).toBeCloseTo(scores[1]!, 6);
  expect(scores[0]).toBeLessThan(metrics['loss:sum']!);
});

test('soft targets of another shape than the input are refused', async () => {
  const training = await nowhere().createLoraTrainingClient();
  const wrong: Datum = {
    modelInput: modelInput([1, 2]),
    lossFnInputs: { target_tokens: int64([4, 5, 6], [1, 3]), weights: float32([1, 0, 0], [1, 3]) },
  };
  await expect(training.forward([wrong], 'cross_entropy')).rejects.toMatchObject({ code: 'DATUM_INVALID' });
});
