import { type Datum, type Message, type Renderer, type Row, textOf } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { tableOrder } from '../random/index.js';
import { comparisonDataset, type DataOrReason, dpoData, rewardModelData } from './comparison-dataset.js';
import { swapSequence } from './reward-model.js';

/** Every character is a token; the last message is trained. */
const renderer = {
  buildSupervisedExample: (messages: readonly Message[]) => {
    const texts = messages.map(message => Array.from(textOf(message), one => one.codePointAt(0)!));
    return {
      tokens: texts.flat(),
      weights: texts.flatMap((text, index) => text.map(() => (index === texts.length - 1 ? 1 : 0))),
    };
  },
} as unknown as Renderer;

const labelled = (label: 'A' | 'B' | 'Tie') => ({
  comparison: {
    prompt: [{ role: 'user', content: 'question' }],
    completionA: [{ role: 'assistant', content: 'first' }],
    completionB: [{ role: 'assistant', content: 'second' }],
  },
  label,
});
const table = (length: number) => ({ length, at: async (place: number): Promise<Row> => ({ place }) });
const read = () => ({ labelled: labelled('A') });

const targets = (datum: Datum) =>
  String.fromCodePoint(...Array.from(datum.lossFnInputs['target_tokens']!.data));
const dataOf = (found: DataOrReason) => {
  if ('skipped' in found) throw new Error(found.skipped);
  return found.data;
};

test('each epoch has the order of its own number, whichever batch is asked for first', async () => {
  const seen: Row[] = [];
  const dataset = comparisonDataset(table(7), {
    read: row => (seen.push(row), { skipped: 'only looked at' }),
    toData: () => ({ data: [] }),
    batchSize: 3,
  });
  expect(dataset.length).toBe(2);
  for (const [epoch, batch] of [
    [1, 1],
    [0, 0],
    [1, 1],
  ] as const) {
    seen.length = 0;
    await dataset.getBatch(epoch, batch);
    const order = tableOrder(7, epoch).subarray(3 * batch, 3 * batch + 3);
    expect(seen).toEqual(Array.from(order, place => ({ place })));
  }
});

test('rows that are passed over make a batch smaller, and are told with their reason', async () => {
  const told: string[] = [];
  const dataset = comparisonDataset(table(4), {
    read: ({ place }) =>
      place === 2 ? { skipped: 'odd' } : { labelled: labelled(place === 3 ? 'Tie' : 'B') },
    toData: dpoData({ renderer, maxLength: 100 }),
    batchSize: 4,
    isShuffled: false,
    onSkipped: reason => told.push(reason),
  });
  const data = await dataset.getBatch(0, 0);
  expect(data.map(targets)).toEqual(['uestionsecond', 'uestionfirst', 'uestionsecond', 'uestionfirst']);
  expect(told).toEqual(['odd', 'a tie']);
});

test('too few rows for a batch are refused', () => {
  expect(() => comparisonDataset(table(3), { read, toData: () => ({ data: [] }), batchSize: 4 })).toThrow(
    expect.objectContaining({
      code: 'DATA_TOO_FEW_ROWS',
      at: 'recipe.with.batchSize',
      found: '3 rows, and batches of 4',
    }),
  );
});

test('a pair of which one answer is cut off whole is not learnt: it would teach that nothing is better', () => {
  expect(dpoData({ renderer, maxLength: 8 })(labelled('A'))).toEqual({
    skipped: 'an answer lies behind maxLength 8',
  });
});

test('a reward model sees answers swapped by seed, epoch and row alone, and its label with them', () => {
  const toData = rewardModelData({ renderer, maxLength: 1000, rows: 40, seed: 5 });
  const shown = (epoch: number, row: number) => targets(dataOf(toData(labelled('A'), { epoch, row }))[0]!);
  const rows = Array.from({ length: 40 }, (_, row) => row);
  const isSwapped = (epoch: number) =>
    rows.map(row => shown(epoch, row).indexOf('second') < shown(epoch, row).indexOf('first'));
  expect(isSwapped(0)).toEqual(swapSequence(40, 5));
  expect(isSwapped(1)).toEqual(swapSequence(40, 6));
  expect(isSwapped(0)).toEqual(swapSequence(40, 5)); // again, after another epoch
  for (const row of rows) expect(shown(0, row).at(-1)).toBe(swapSequence(40, 5)[row] ? 'B' : 'A');
});
