import { Graph, gradients } from '@tinsmith/graph';
import { build } from './model-graph.js';
import { describe, expect, test } from 'vitest';
import { compile, float32 } from '../../test/model/tiny-model.js';
import { type LossName, lossOf } from './losses.js';

// Ratios exp(p - q) of about 0.61, 1, 1.65, 0.61, 1.11, 1.65: below, within and above [0.8, 1.2], with advantages of both signs.
const p = [-2, -1, -1.5, -2.5, -0.9, -0.5];
const q = [-1.5, -1, -2, -2, -1, -1];
const advantages = [1.5, -0.5, 2, -1, 0.7, -2];
const weights = [1, 0.5, 0, -1, 2, 1];
const [low, high, beta] = [0.8, 1.2, 0.4];

const ratio = p.map((x, i) => Math.exp(x - q[i]!));
const clipped = ratio.map(r => Math.min(Math.max(r, low), high));
const sum = (terms: readonly number[]): number => terms.reduce((a, b) => a + b, 0);
const each = (term: (i: number) => number): number[] => p.map((_, i) => term(i));

/** The loss, and its derivative in each p, written out by hand. */
const expected: Readonly<Record<LossName, { loss: number; derivative: number[] }>> = {
  cross_entropy: { loss: -sum(each(i => weights[i]! * p[i]!)), derivative: each(i => -weights[i]!) },
  importance_sampling: {
    loss: -sum(each(i => ratio[i]! * advantages[i]!)),
    derivative: each(i => -ratio[i]! * advantages[i]!),
  },
  ppo: {
    loss: -sum(each(i => Math.min(ratio[i]! * advantages[i]!, clipped[i]! * advantages[i]!))),
    derivative: each(i => {
      const isUnclipped = ratio[i]! * advantages[i]! <= clipped[i]! * advantages[i]!;
      return isUnclipped ? -ratio[i]! * advantages[i]! : 0;
    }),
  },
  cispo: {
    loss: -sum(each(i => clipped[i]! * p[i]! * advantages[i]!)),
    derivative: each(i => -clipped[i]! * advantages[i]!),
  },
  dro: {
    loss: -sum(each(i => p[i]! * advantages[i]! - (beta / 2) * (p[i]! - q[i]!) ** 2)),
    derivative: each(i => -advantages[i]! + beta * (p[i]! - q[i]!)),
  },
};

async function evaluate(
  name: LossName,
  changes: Record<string, number[]> = {},
): Promise<{ loss: number; derivative: number[] }> {
  const graph = new Graph();
  const logprobs = graph.input('p', 'float32', ['n']);
  const loss = lossOf(name, logprobs, {
    perTarget: input => graph.input(input, 'float32', ['n']),
    scalar: input => graph.input(input, 'float32', []),
  });
  const [derivative] = gradients(loss, [logprobs]);
  const run = await compile(build({ loss, derivative }));
  const all = { p, logprobs: q, advantages, weights, mask: p.map(() => 1), ...changes };
  const vectors = Object.entries(all).map(
    ([input, values]) => [input, float32(values, [values.length])] as const,
  );
  const scalars = {
    clip_low_threshold: float32([low], []),
    clip_high_threshold: float32([high], []),
    beta: float32([beta], []),
  };
  const results = await run(Object.fromEntries(vectors), scalars);
  return { loss: results['loss']!.data[0]!, derivative: [...results['derivative']!.data] };
}

describe.each(Object.keys(expected) as LossName[])('%s', name => {
  test('has the value and the derivative of its definition', async () => {
    const { loss, derivative } = await evaluate(name);
    expect(loss).toBeCloseTo(expected[name].loss, 5);
    derivative.forEach((x, i) => expect(x, `derivative ${i}`).toBeCloseTo(expected[name].derivative[i]!, 5));
  });

  test('adds exactly nothing for padding', async () => {
    const padding = { p: -7, logprobs: 0, advantages: 0, weights: 0, mask: 0 };
    const { loss, derivative } = await evaluate(name);
    const all = { p, logprobs: q, advantages, weights, mask: p.map(() => 1) };
    const longer = Object.entries(all).map(([input, values]) => [input, [...values, padding[input as 'p']]]);
    const padded = await evaluate(name, Object.fromEntries(longer) as Record<string, number[]>);
    expect(padded.loss).toBe(loss);
    expect(padded.derivative).toEqual([...derivative, expect.closeTo(0, 30)]);
  });
});

test.each(['importance_sampling', 'ppo', 'cispo'] as const)(
  '%s does not care which log-probability stands where there is no advantage',
  async name => {
    // exp(p + 1000) is infinite in float32, and infinity times 0 is not a number.
    const changes = { advantages: [0, ...advantages.slice(1)], logprobs: [-1000, ...q.slice(1)] };
    const { loss, derivative } = await evaluate(name, changes);
    expect(Number.isFinite(loss)).toBe(true);
    expect(derivative[0]).toBeCloseTo(0, 30);
    expect(derivative.every(Number.isFinite)).toBe(true);
  },
);

test('dro pulls towards the sampler where there is no advantage', async () => {
  const { derivative } = await evaluate('dro', { advantages: [0, ...advantages.slice(1)] });
  expect(derivative[0]).toBeCloseTo(beta * (p[0]! - q[0]!), 6);
});
