import { join } from 'node:path';
import { createRowSource } from '@tinsmith/datasets-hub';
import { createHub } from '@tinsmith/hub';
import { tableOrder } from '@tinsmith/training';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { jsonLines, newFolder } from '../../../recipe-rl-loop/test/rows.js';
import { checkComparisons, comparisonDataShape, openComparisons } from './open-comparisons.js';

const rows = createRowSource({ hub: createHub(), maxRowBytes: 2 ** 20, maxMessageBytes: 2 ** 20 });
const options = (values: object) => z.strictObject(comparisonDataShape).parse(values);
const hhFolder = join(import.meta.dirname, '../../../../fixtures/data/hh_rlhf');
const shipped = join(import.meta.dirname, '../../data/comparisons');

const labelled = (place: number) => ({
  comparison: {
    prompt_conversation: [{ role: 'user', content: String(place) }],
    completion_A: [{ role: 'assistant', content: 'a' }],
    completion_B: [{ role: 'assistant', content: 'b' }],
  },
  label: 'A',
});

const placeOf = (row: unknown) =>
  Number((row as ReturnType<typeof labelled>).comparison.prompt_conversation[0]!.content);

const given = (prompt: string, response: string, helpfulness: number) => ({
  prompt,
  response,
  helpfulness,
});

const hhRow = (chosen: string, rejected: string) => ({
  chosen: `\n\nHuman: a\n\nAssistant: ${chosen}`,
  rejected: `\n\nHuman: a\n\nAssistant: ${rejected}`,
});

test('hh-rlhf of a folder: both splits in the order of the seed, and few rows that cannot be used', async () => {
  const {
    train,
    test: held,
    read,
  } = await openComparisons(rows, options({ dataset: 'hhh', datasetSource: hhFolder }), 0);
  expect([train.length, held!.length]).toEqual([1500, 400]); // fewer than the 1024 that are taken of the real one
  const readings = await Promise.all(Array.from({ length: 300 }, async (_, i) => read(await train.at(i))));
  const skipped = readings.filter(reading => 'skipped' in reading).length;
  expect(skipped).toBeGreaterThan(0);
  expect(skipped).toBeLessThan(15);
});

test('the comparisons that ship can all be used, and what is tested is not learnt', async () => {
  const {
    train,
    test: held,
    read,
  } = await openComparisons(rows, options({ dataset: shipped, testSplit: 'test' }), 0);
  const prompts = async (table: typeof train) =>
    Promise.all(
      Array.from({ length: table.length }, async (_, i) => {
        const reading = read(await table.at(i));
        if ('skipped' in reading) throw new Error(reading.skipped);
        return JSON.stringify(reading.labelled.comparison.prompt);
      }),
    );
  const learnt = new Set(await prompts(train));
  expect((await prompts(held!)).filter(prompt => learnt.has(prompt))).toEqual([]);
});

test('a file of your own is learnt as a whole, unless a size says what is kept for the test', async () => {
  const folder = newFolder();
  const dataset = jsonLines(
    folder,
    Array.from({ length: 20 }, (_, i) => labelled(i)),
  );
  const whole = await openComparisons(rows, options({ dataset }), 3);
  expect([whole.train.length, whole.test]).toEqual([20, undefined]);
  const { train, test: held } = await openComparisons(rows, options({ dataset, testSize: 5 }), 3);
  expect([train.length, held!.length]).toEqual([15, 5]);
  const order = tableOrder(20, 3);
  expect(placeOf(await held!.at(0))).toBe(order[0]);
  expect(placeOf(await train.at(0))).toBe(order[5]);
});

test('with a testSize of 0 nothing is held out, and a split for the test is not opened', async () => {
  const dataset = jsonLines(
    newFolder(),
    Array.from({ length: 20 }, (_, i) => labelled(i)),
  );
  for (const testSplit of [null, 'not-there']) {
    const { train, test: held } = await openComparisons(
      rows,
      options({ dataset, testSplit, testSize: 0 }),
      3,
    );
    expect([train.length, held]).toEqual([20, undefined]);
  }
});

test('answers of HelpSteer2 become the best against the worst of each prompt, if they differ', async () => {
  const dataset = jsonLines(newFolder(), [
    given('one', 'bad', 1),
    given('one', 'good', 4),
    given('two', 'alone', 4),
    given('three', 'same', 2),
    given('one', 'middling', 2),
    given('three', 'same again', 2),
  ]);
  const { train } = await openComparisons(
    rows,
    options({ dataset: 'helpsteer2', datasetSource: dataset, testSplit: null }),
    0,
  );
  expect(train.length).toBe(1);
  expect(await train.at(0)).toEqual({ prompt: 'one', chosen_response: 'good', rejected_response: 'bad' });
});

test('data in which no comparison can be learnt is refused before a run, with the reasons counted', async () => {
  const datasetSource = jsonLines(newFolder(), [hhRow('b', 'b'), hhRow('c', 'c'), hhRow('', 'd')]);
  await expect(checkComparisons(rows, options({ dataset: 'hhh', datasetSource }))).rejects.toMatchObject({
    code: 'COMPARISONS_UNUSABLE',
    found: expect.stringMatching(/2 rows: .*last message.*; 1 rows: an answer is empty/),
  });
});

test('rows of another format are refused before a run', async () => {
  await expect(
    checkComparisons(rows, options({ dataset: 'ultrafeedback', datasetSource: shipped })),
  ).rejects.toMatchObject({ code: 'COMPARISON_INVALID', at: expect.stringMatching(/train\.jsonl:1/) });
});
