import { type Datum, float32, int64, modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { subtractReverseKl } from './reverse-kl.js';

/** One sampled token. */
const datum = (token: number, logprob: number): Datum => ({
  modelInput: modelInput([0]),
  lossFnInputs: {
    target_tokens: int64([token]),
    logprobs: float32([logprob]),
    advantages: float32([0]),
    mask: float32([1]),
  },
});

const logSoftmax = (logits: readonly number[]) => {
  const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return logits.map(logit => logit - logSum);
};

test('the policy gradient of its advantages is that of the reverse KL, by finite differences', () => {
  const student = [0.3, -0.7, 1.2, 0.1];
  const teacher = logSoftmax([-0.2, 0.9, 0.4, -1]);
  const kl = (logits: readonly number[]) =>
    logSoftmax(logits).reduce((sum, logprob, i) => sum + Math.exp(logprob) * (logprob - teacher[i]!), 0);
  const logprobs = logSoftmax(student);
  // Every token once, weighted by how often it would be sampled.
  const { data } = subtractReverseKl(
    logprobs.map((logprob, token) => datum(token, logprob)),
    teacher.map(logprob => [logprob]),
    { coefficient: 1, datasets: logprobs.map(() => 0) },
  );
  const advantages = data.map(({ lossFnInputs }) => lossFnInputs['advantages']!.data[0]!);
  for (const j of student.keys()) {
    const gradient = logprobs.reduce(
      (sum, logprob, i) =>
        sum + Math.exp(logprob) * advantages[i]! * ((i === j ? 1 : 0) - Math.exp(logprobs[j]!)),
      0,
    );
    const moved = (step: number) => kl(student.map((logit, i) => (i === j ? logit + step : logit)));
    const expected = -(moved(1e-5) - moved(-1e-5)) / 2e-5;
    expect(gradient).toBeCloseTo(expected, 5);
  }
});

test('without a sampled token there is no mean', () => {
  const { lossFnInputs, ...rest } = datum(1, -1);
  const observed = { ...rest, lossFnInputs: { ...lossFnInputs, mask: float32([0]) } };
  const { data, metrics } = subtractReverseKl([observed], [[-3]], { coefficient: 1, datasets: [0] });
  expect(metrics).toEqual({});
  expect(Array.from(data[0]!.lossFnInputs['advantages']!.data)).toEqual([0]);
});
