import { Renderers, type Row, RowSources } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { itemsOf } from '@tinsmith/training';
import { createTestKit, toyTokenizer } from '@tinsmith/testkit';
import { afterAll, expect, test } from 'vitest';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import { teacherTexts } from './teacher-texts.js';

const kit = await createTestKit({ plugins: [renderers(), datasets()] });
afterAll(() => kit[Symbol.asyncDispose]());
const renderer = (await kit.get(Renderers, 'qwen3_instruct')).create(toyTokenizer);
const source = await kit.get(RowSources);

const chat = (answer: unknown): Row => ({
  messages: [
    { role: 'user', content: 'say' },
    { role: 'assistant', content: answer },
  ],
});

const open = (rows: readonly Row[], own: object = {}) => {
  const left: number[] = [];
  const texts = teacherTexts(
    source,
    { dataset: jsonLines(newFolder(), rows), trainSplit: 'train' },
    {
      renderer,
      trainOnWhat: 'all_assistant_messages',
      maxLength: 500,
      size: 2,
      limit: 100,
      bufferSize: 100,
      seed: 0,
      onEmpty: count => left.push(count),
      ...own,
    },
  );
  return { texts, left };
};

test('an empty answer is left out and counted', async () => {
  const { texts, left } = open([chat('a'), chat(''), chat('b'), chat(' \n'), chat('c'), chat('d')]);
  const dataset = await texts;
  expect(dataset.length).toBe(2);
  expect(left).toEqual([2]);
  const answers = (await Promise.all([0, 1].map(index => dataset.getBatch(0, index)))).flat().map(datum => {
    const text = toyTokenizer.decode(itemsOf(datum.modelInput) as number[]);
    return /assistant\n(.*)$/s.exec(text)![1];
  });
  expect(
    answers
      .join('')
      .split('')
      .toSorted((one, other) => one.localeCompare(other)),
  ).toEqual(['a', 'b', 'c', 'd']);
});

test('nothing but empty answers is refused, with the first of them', async () => {
  await expect(open([chat(''), chat('')]).texts).rejects.toMatchObject({
    code: 'TEACHER_ANSWERS_EMPTY',
    found: expect.stringMatching(/2 empty answers, the first: .*rows\.jsonl:[12]/) as string,
  });
});

test('another epoch has another order, and the same one whenever asked; limit is what an epoch has', async () => {
  const rows = Array.from('abcdefghijkl', letter => chat(letter));
  const dataset = await open(rows, { size: 3, limit: 9 }).texts;
  expect(dataset.length).toBe(3);
  const read = async (epoch: number) =>
    JSON.stringify(await Promise.all([0, 1, 2].map(i => dataset.getBatch(epoch, i))));
  const first = await read(0);
  expect(await read(1)).not.toBe(first);
  expect(await read(0)).toBe(first);
});

test('too few rows for a batch are said as that', async () => {
  await expect(open([chat('a'), chat('b')], { size: 5 }).texts).rejects.toMatchObject({
    code: 'DATA_TOO_FEW_ROWS',
    at: 'recipe.with.batchSize',
  });
});
