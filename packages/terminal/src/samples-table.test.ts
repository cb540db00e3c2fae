import { expect, test } from 'vitest';
import { samplesTable } from './samples-table.js';
import { signsOf } from './terminal.js';

const look = { width: 60, signs: signsOf({ isUnicode: true }), paint: (_: string, text: string) => text };

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
