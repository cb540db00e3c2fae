import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Conversation, RowSource } from '@tinsmith/core';
import { createRowSource } from '@tinsmith/datasets-hub';
import { createHub } from '@tinsmith/hub';
import { tableOrder } from '@tinsmith/training';
import { expect, onTestFinished, test } from 'vitest';
import { newFolder } from '../../recipe-rl-loop/test/rows.js';
import { openChatData } from './datasets.js';

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    messages: [
      { role: 'user', content: 'count' },
      { role: 'assistant', content: String(from + i) },
    ],
  }));

/** A row source over a folder that stands for the hub. */
function hubWith(files: Readonly<Record<string, readonly object[]>>): { readonly rows: RowSource } {
  const folder = newFolder();
  for (const [name, rows] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, `${name}.jsonl`), rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  }
  const hub = createHub({ offline: true, localFolders: { dataset: [folder] } }, {});
  const source = createRowSource({ hub, maxRowBytes: 2 ** 20, maxMessageBytes: 2 ** 20 });
  onTestFinished(() => source.close());
  return { rows: source };
}

const answers = async (rows: AsyncIterable<Conversation>) => {
  const all: string[] = [];
  for await (const { messages } of rows) all.push(messages.at(-1)!.content as string);
  return all;
};

const own = {
  dataset: 'no_robots',
  datasetConfig: undefined,
  trainSplit: 'train',
  testSplit: undefined,
  testSize: undefined,
  trainOnWhat: undefined,
};

test('no_robots: the train split shuffled, the test split as it is, all answers are learnt', async () => {
  const { rows } = hubWith({
    'HuggingFaceH4/no_robots/train': numbered(0, 20),
    'HuggingFaceH4/no_robots/test': numbered(100, 5),
  });
  const { train, test: held, trainOnWhat } = await openChatData(rows, own, 0);
  expect(await answers(train)).toEqual([...tableOrder(20, 0)].map(String));
  expect(await answers(held!)).toEqual(['100', '101', '102', '103', '104']);
  expect(trainOnWhat).toBe('all_assistant_messages');
});

test('tulu3: the first 1024 rows after the shuffle are the test, the last answers are learnt', async () => {
  const { rows } = hubWith({ 'allenai/tulu-3-sft-mixture/train': numbered(0, 1100) });
  const { train, test: held, trainOnWhat } = await openChatData(rows, { ...own, dataset: 'tulu3' }, 0);
  const order = [...tableOrder(1100, 0)].map(String);
  expect(await answers(held!)).toEqual(order.slice(0, 1024));
  expect(await answers(train)).toEqual(order.slice(1024));
  expect(trainOnWhat).toBe('last_assistant_message');
});

test('data of your own have a test only if you ask for one', async () => {
  const { rows } = hubWith({ 'me/mine/train': numbered(0, 10) });
  const options = { ...own, dataset: 'me/mine' };
  expect((await openChatData(rows, options, 0)).test).toBeUndefined();
  const some = await openChatData(rows, { ...options, testSize: 3, trainOnWhat: 'all_tokens' }, 1);
  const order = [...tableOrder(10, 1)].map(String);
  expect(await answers(some.test!)).toEqual(order.slice(0, 3));
  expect(await answers(some.train)).toEqual(order.slice(3));
  expect(some.trainOnWhat).toBe('all_tokens');
});

test('what is asked for goes before what a data set has by itself', async () => {
  const { rows } = hubWith({
    'HuggingFaceH4/no_robots/train': numbered(0, 20),
    'HuggingFaceH4/no_robots/test': numbered(100, 5),
  });
  expect((await openChatData(rows, { ...own, testSplit: null }, 0)).test).toBeUndefined();
  const sized = await openChatData(rows, { ...own, testSize: 2 }, 0);
  expect(await answers(sized.test!)).toEqual([...tableOrder(20, 0)].map(String).slice(0, 2));
});
