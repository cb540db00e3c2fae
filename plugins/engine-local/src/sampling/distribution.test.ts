import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.js';
import { drawToken, logSumExp, tokenProbabilities, topTokens } from './distribution.js';

const plain = { temperature: 1, topK: 0, topP: 1 };
const logits = Float32Array.of(0.5, 2, -1, 3, 2, -40);

function randomLogits(length: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => 3 * random.normal());
}

/** The definition, by sorting everything. */
function slowProbabilities(values: Float32Array, { temperature, topK, topP }: typeof plain): number[] {
  const order = [...values.keys()].toSorted((a, b) => values[b]! - values[a]! || a - b);
  const kept = topK > 0 ? order.slice(0, topK) : order;
  const weights = kept.map(token => Math.exp((values[token]! - values[order[0]!]!) / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  const probabilities = Array.from(values, () => 0);
  let before = 0;
  for (const [rank, token] of kept.entries()) {
    if (rank > 0 && topP < 1 && before >= topP * total) break;
    probabilities[token] = weights[rank]!;
    before += weights[rank]!;
  }
  return probabilities.map(weight => weight / before);
}

test('is the softmax when nothing is filtered', () => {
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
  tokenProbabilities(logits, plain).forEach((probability, i) => {
    expect(probability).toBeCloseTo(Math.exp(logits[i]!) / sum, 14);
  });
});

test('temperature 0 is the best token, the lowest id among equals', () => {
  expect([...tokenProbabilities(Float32Array.of(1, 4, 4), { ...plain, temperature: 0 })]).toEqual([0, 1, 0]);
});

test('temperature comes before top-k, top-k before top-p', () => {
  const options = { temperature: 2, topK: 3, topP: 0.6 };
  const probabilities = tokenProbabilities(logits, options);
  slowProbabilities(logits, options).forEach((expected, i) =>
    expect(probabilities[i]).toBeCloseTo(expected, 14),
  );
});

test('the token that crosses top-p stays, and the first always does', () => {
  const even = new Float32Array(4);
  expect([...tokenProbabilities(even, { ...plain, topP: 0.5 })]).toEqual([0.5, 0.5, 0, 0]);
  expect([...tokenProbabilities(even, { ...plain, topP: 0.51 })].filter(p => p > 0)).toHaveLength(3);
  expect([...tokenProbabilities(even, { ...plain, topP: 0 })]).toEqual([1, 0, 0, 0]);
});

test('top-k keeps exactly k tokens, also among equals', () => {
  expect([...tokenProbabilities(new Float32Array(5), { ...plain, topK: 2 })]).toEqual([0.5, 0.5, 0, 0, 0]);
});

describe.each([1, 2, 3])('on random logits %i', seed => {
  const values = randomLogits(700, seed);
  test.each([
    { temperature: 0.3, topK: 0, topP: 0.9 },
    { temperature: 1, topK: 17, topP: 1 },
    { temperature: 1.7, topK: 200, topP: 0.35 },
    { temperature: 1, topK: 0, topP: 0.9999 },
    { temperature: 5, topK: 700, topP: 0.999 },
  ])('temperature $temperature, top-k $topK, top-p $topP are as defined', options => {
    const probabilities = tokenProbabilities(values, options);
    slowProbabilities(values, options).forEach((expected, i) => {
      expect(probabilities[i]! > 0).toBe(expected > 0);
      expect(probabilities[i]).toBeCloseTo(expected, 12);
    });
  });
});

test('draws follow the distribution, and what is filtered out never comes', () => {
  const options = { temperature: 0.8, topK: 4, topP: 0.97 };
  const random = createRandom(5);
  const counts = new Float64Array(logits.length);
  const draws = 50_000;
  for (let i = 0; i < draws; i++) counts[drawToken({ logits }, options, random).token]!++;
  const expected = [...tokenProbabilities(logits, options)];
  const statistic = expected.reduce(
    (sum, p, i) => (p === 0 ? sum : sum + (counts[i]! - p * draws) ** 2 / (p * draws)),
    0,
  );
  expect(statistic).toBeLessThan(21.1); // chi-square with 3 degrees of freedom, p = 1e-4
  expected.forEach((p, i) => p === 0 && expect(counts[i]).toBe(0));
});

test('the logprob is of the unscaled, unfiltered distribution', () => {
  for (const options of [plain, { temperature: 0.1, topK: 2, topP: 0.5 }, { ...plain, temperature: 0 }]) {
    const { token, logprob } = drawToken({ logits }, options, createRandom(1));
    expect(logprob).toBeCloseTo(logits[token]! - logSumExp(logits), 14);
  }
});

test('probabilities that are there already give the same draws', () => {
  const values = randomLogits(5000, 3);
  const softmax = Float32Array.from(values, x => Math.exp(x - logSumExp(values)));
  for (const options of [plain, { ...plain, topK: 40 }, { ...plain, topP: 0.8 }])
    for (let seed = 0; seed < 50; seed++) {
      const expected = drawToken({ logits: values }, options, createRandom(seed));
      const found = drawToken({ logits: values, probabilities: softmax }, options, createRandom(seed));
      expect(found.token).toBe(expected.token);
      expect(found.logprob).toBeCloseTo(expected.logprob, 6);
    }
});

test('large logits do not overflow', () => {
  const { logprob } = drawToken({ logits: Float32Array.of(1e30, -1e30, 0) }, plain, createRandom(1));
  expect(logprob).toBe(0);
});

test('logits that are no numbers are an error, not a token', () => {
  const error = expect.objectContaining({ code: 'LOGITS_NOT_FINITE' });
  for (const options of [plain, { ...plain, temperature: 0 }, { ...plain, topK: 1 }, { ...plain, topP: 0.5 }])
    expect(() => drawToken({ logits: Float32Array.of(1, NaN, 2) }, options, createRandom(1))).toThrow(error);
});

test('the most likely tokens come best first, equals by id', () => {
  expect(topTokens(logits, 4)).toEqual([3, 1, 4, 0]);
  expect(topTokens(logits, 99)).toHaveLength(logits.length);
});
