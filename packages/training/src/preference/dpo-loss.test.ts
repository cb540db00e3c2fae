import { expect, test } from 'vitest';
import { dpoLoss, type DpoPair } from './dpo-loss.js';

const logSoftmax = (logits: readonly number[]) => {
  const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return logits.map(logit => logit - logSum);
};

/** Deterministic numbers between -1 and 1. */
const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(7 * i + seed));

test('its gradients are those of finite differences, down to the logits of every token', () => {
  const [positions, vocabulary, beta] = [3, 4, 0.7];
  const targets = [1, 3, 0];
  const weights = { chosen: [0, 1, 1], rejected: [0, 0, 1] };
  const logits = { chosen: numbers(positions * vocabulary, 1), rejected: numbers(positions * vocabulary, 5) };
  const rows = (flat: readonly number[]) =>
    targets.map((_, position) => flat.slice(position * vocabulary, (position + 1) * vocabulary));
  const logprobs = (flat: readonly number[]) =>
    rows(flat).map((row, position) => logSoftmax(row)[targets[position]!]!);
  const pairFor = (now: typeof logits): DpoPair => ({
    chosen: { logprobs: logprobs(now.chosen), referenceLogprobs: numbers(3, 9), weights: weights.chosen },
    rejected: {
      logprobs: logprobs(now.rejected),
      referenceLogprobs: numbers(3, 4),
      weights: weights.rejected,
    },
  });
  const other = pairFor({ chosen: numbers(12, 2), rejected: numbers(12, 3) });
  const { gradients } = dpoLoss([pairFor(logits), other], beta);

  for (const side of ['chosen', 'rejected'] as const) {
    for (const [index, logit] of logits[side].entries()) {
      const moved = (step: number) =>
        dpoLoss([pairFor({ ...logits, [side]: logits[side].with(index, logit + step) }), other], beta).loss;
      const expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      const position = Math.floor(index / vocabulary);
      const token = index % vocabulary;
      const probability = Math.exp(logSoftmax(rows(logits[side])[position]!)[token]!);
      const ours = gradients[0]![side][position]! * ((token === targets[position] ? 1 : 0) - probability);
      expect(ours).toBeCloseTo(expected, 8);
    }
  }
});

const moved = (logprob: number) => ({ logprobs: [logprob], referenceLogprobs: [0], weights: [1] });

test('a margin beyond what an exponential can hold gives finite numbers', () => {
  const far = dpoLoss([{ chosen: moved(-5000), rejected: moved(0) }], 1);
  expect(far.loss).toBe(5000);
  expect(far.gradients[0]).toEqual({ chosen: [-1], rejected: [1] });
  expect(dpoLoss([{ chosen: moved(5000), rejected: moved(0) }], 1).loss).toBe(0);
});

test('a token without a weight does not count, however impossible it is', () => {
  const side = { logprobs: [-Infinity, -1], referenceLogprobs: [-Infinity, -1], weights: [0, 1] };
  expect(dpoLoss([{ chosen: side, rejected: side }], 0.1).metrics).toMatchObject({ margin: 0, accuracy: 0 });
});
