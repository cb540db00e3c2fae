import { modelInput, type TrajectoryGroup } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { takeSamples } from './samples.js';

type Logs = Readonly<Record<string, string | number>>;

const group = (reward: number, ...turns: Logs[]): TrajectoryGroup => ({
  tags: [],
  trajectories: [
    {
      transitions: turns.map(logs => ({
        observation: modelInput([1]),
        action: { tokens: [2], logprobs: [-1], stopReason: 'stop' },
        reward: reward / turns.length,
        metrics: {},
        logs,
      })),
    },
  ],
  groupRewards: [0.25],
});

test('takes the first episode of the first groups, with its whole reward', () => {
  const groups = [group(1, { answer: '9' }), group(0, { answer: '7' }), group(1, { answer: '8' })];
  expect(takeSamples(groups, 2)).toEqual([
    { reward: 1.25, logs: { answer: '9' } },
    { reward: 0.25, logs: { answer: '7' } },
  ]);
});

test('of several turns shows the last that says something', () => {
  expect(takeSamples([group(1, { answer: 'a' }, { answer: 'b' }, {})], 3)).toMatchObject([
    { logs: { answer: 'b' } },
  ]);
});

test('environments that tell nothing give no sample', () => {
  expect(takeSamples([group(1, {}), { tags: [], trajectories: [], groupRewards: [] }], 3)).toEqual([]);
});
