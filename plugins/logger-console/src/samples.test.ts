import { modelInput, type TrajectoryGroup } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { samplesTable, takeSamples } from './samples.js';
import { signsOf } from './terminal.js';

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
const look = { width: 60, signs: signsOf({ isUnicode: true }), paint: (_: string, text: string) => text };

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

test('is a table with one column per thing that was told', () => {
  const samples = [
    { reward: 1, logs: { question: '4 + 5?', answer: '9' } },
    { reward: -0.1, logs: { question: '40 + 50?', answer: 'no\nidea', note: 3 } },
  ];
  expect(samplesTable([{ title: 'before', samples }], look)).toEqual([
    'before',
    'reward  question  answer    note',
    ' 1.000  4 + 5?    9',
    '-0.100  40 + 50?  no\\nidea  3',
  ]);
});

test('cuts the widest columns until a line fits', () => {
  const samples = [
    { reward: 1, logs: { question: 'why '.repeat(40), answer: 'because', essay: 'so '.repeat(30) } },
  ];
  const lines = samplesTable([{ title: 'before', samples }], look);
  expect(Math.max(...lines.map(line => Array.from(line).length))).toBeLessThanOrEqual(60);
  expect(lines.at(-1)).toMatch(/because/);
  expect(lines.at(-1)).toMatch(/why why.*…/);
});

test('several steps share their columns and one head', () => {
  const one = { title: 'before', samples: [{ reward: 0, logs: { answer: 'a long answer' } }] };
  const two = { title: 'after', samples: [{ reward: 1, logs: { answer: 'ok' } }] };
  expect(samplesTable([one, two], look)).toEqual([
    'before',
    'reward  answer',
    ' 0.000  a long answer',
    '',
    'after',
    ' 1.000  ok',
  ]);
});
