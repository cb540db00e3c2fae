import { expect, test } from 'vitest';
import { ScoreCalls } from './score-calls.js';

const open = () => {
  const sent: number[][] = [];
  const calls = new ScoreCalls(async sequences => {
    sent.push(sequences.map(({ length }) => length));
    if (sequences.some(({ length }) => length === 0)) throw new Error('empty');
    return sequences.map(tokens => Float64Array.from(tokens));
  });
  return { sent, calls };
};

test('what is asked for in one go is sent in one call, and each gets its own', async () => {
  const { sent, calls } = open();
  const scores = await Promise.all([[1, 2], [3]].map(tokens => calls.score(Int32Array.from(tokens))));
  expect(scores.map(score => [...score])).toEqual([[1, 2], [3]]);
  await calls.score(Int32Array.of(4));
  expect(sent).toEqual([[2, 1], [1]]);
});

test('a call that fails fails for all that were in it, and the next one is sent', async () => {
  const { sent, calls } = open();
  const asked = [calls.score(Int32Array.of(1)), calls.score(Int32Array.of())];
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect([...(await calls.score(Int32Array.of(4)))]).toEqual([4]);
  expect(sent).toEqual([[1, 0], [1]]);
});
