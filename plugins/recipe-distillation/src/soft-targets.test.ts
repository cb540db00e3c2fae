import { type Datum, float32, int64, modelInput } from '@tinsmith/core';
import { TOY_VOCABULARY, ToyEngine } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import { askSoftTargets, softTargetKl, softTargets, type TopLogprobs } from './soft-targets.js';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const logSoftmax = (logits: readonly number[]) => {
  const logSum = Math.log(sum(logits.map(Math.exp)));
  return logits.map(logit => logit - logSum);
};
const hard = (targets: readonly number[], weights: readonly number[]): Datum => ({
  modelInput: modelInput(targets.map((_, i) => (i === 0 ? 0 : targets[i - 1]!))),
  lossFnInputs: { target_tokens: int64(targets), weights: float32(weights) },
});
const weightsOf = (datum: Datum) => Array.from(datum.lossFnInputs['weights']!.data);

/** What the toy says is likely, after a step of training. */
async function trained() {
  const training = await new ToyEngine('/nowhere').createLoraTrainingClient();
  const datum = hard([3, 4, 5, 6], [1, 0.5, 2, 1]);
  await training.forwardBackward([datum], 'cross_entropy');
  await training.optimStep({ learningRate: 1, eps: 1e-8 });
  return training;
}

test('the loss that an engine gives is the cross-entropy with the renormalised probabilities, computed directly', async () => {
  const teacher = await (await trained()).saveWeightsAndGetSamplingClient();
  const student = await new ToyEngine('/nowhere').createLoraTrainingClient();
  await student.forwardBackward([hard([7, 3, 5], [1, 1, 1])], 'cross_entropy');
  await student.optimStep({ learningRate: 0.7, eps: 1e-8 });
  const text = hard([3, 9, 4, 5], [0, 1, 0.25, 1]);
  const soft = await askSoftTargets(text, teacher, { count: 3, signal: new AbortController().signal });
  const { metrics, lossFnOutputs } = await student.forward([soft], 'cross_entropy');

  const own = await student.saveWeightsAndGetSamplingClient();
  const input = [0, 3, 9, 4];
  let loss = 0;
  let kl = 0;
  for (const place of [1, 2, 3]) {
    const all = Array.from({ length: TOY_VOCABULARY }, (_, token) => token);
    const score = async (client: typeof own, token: number) =>
      (await client.computeLogprobs(modelInput([...input.slice(0, place + 1), token]))).at(-1)!;
    const likely = (
      await Promise.all(all.map(async token => ({ token, logprob: await score(teacher, token) })))
    )
      .toSorted((one, other) => other.logprob - one.logprob)
      .slice(0, 3);
    const odds = likely.map(({ logprob }) => Math.exp(logprob));
    for (const [rank, { token }] of likely.entries()) {
      const p = odds[rank]! / sum(odds);
      const q = await score(own, token);
      loss -= p * q;
      kl += p * (Math.log(p) - q);
    }
  }
  expect(metrics['loss:sum']).toBeCloseTo(loss, 5);
  const { teacher_forward_kl } = softTargetKl([soft], [lossFnOutputs[0]!['logprobs']!.data]);
  expect(teacher_forward_kl).toBeCloseTo(kl / 3, 5);
});

test('the gradient of its cross-entropy is that of KL(targets, student), by finite differences', () => {
  const teacher = logSoftmax([0.2, 1.5, -0.4, 0.9, -2]);
  const top: TopLogprobs = [
    null,
    [1, 3, 0].map((token): readonly [number, number] => [token, teacher[token]!]),
  ];
  const { lossFnInputs } = softTargets(hard([2], [1]), top, 3);
  const targets = Array.from(lossFnInputs['target_tokens']!.data);
  const weights = Array.from(lossFnInputs['weights']!.data);
  const kl = (logits: readonly number[]) => {
    const logprobs = logSoftmax(logits);
    return sum(weights.map((weight, k) => weight * (Math.log(weight) - logprobs[targets[k]!]!)));
  };
  const student = [0.3, -0.7, 1.2, 0.1, 0.5];
  const step = 1e-5;
  for (const j of student.keys()) {
    const moved = (by: number) => student.map((logit, i) => (i === j ? logit + by : logit));
    const numeric = (kl(moved(step)) - kl(moved(-step))) / (2 * step);
    const p = Math.exp(logSoftmax(student)[j]!);
    // What cross_entropy back-propagates: -weight into the logprob of each target.
    const analytic = sum(weights.map((weight, k) => -weight * ((targets[k] === j ? 1 : 0) - p)));
    expect(numeric).toBeCloseTo(analytic, 6);
  }
});

test('a position that is not learnt has no weight, and one that is has 1 in all', () => {
  const top: TopLogprobs = [
    null,
    [
      [5, -0.1],
      [6, -9],
    ],
    [
      [7, -2],
      [8, -2],
    ],
    [[9, -0.5]],
  ];
  const soft = softTargets(hard([1, 2, 3], [0, 0.1, 7]), top, 2);
  const weights = weightsOf(soft);
  expect(weights.slice(0, 2)).toEqual([0, 0]);
  expect(weights.slice(2)).toEqual([0.5, 0.5, 1, 0]);
  expect(soft.lossFnInputs['target_tokens']).toMatchObject({ data: [5, 6, 7, 8, 9, 9], shape: [3, 2] });
});

test('a teacher that does not say what is likely is refused', async () => {
  const text = hard([1, 2], [1, 1]);
  const refused = { code: 'SOFT_TARGETS_MISSING', at: 'recipe.with.softTargets' };
  expect(() => softTargets(text, [null, [[3, -1]], null], 2)).toThrow(expect.objectContaining(refused));
  expect(() => softTargets(text, [null, [[3, -1]], []], 2)).toThrow(expect.objectContaining(refused));
  const silent = { sample: async () => ({ sequences: [] }), computeLogprobs: async () => [] };
  await expect(
    askSoftTargets(text, silent, { count: 2, signal: new AbortController().signal }),
  ).rejects.toMatchObject(refused);
});
