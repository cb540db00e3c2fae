import { inputTokens, Renderers, type Row, RowSources } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit, toyTokenizer } from '@tinsmith/testkit';
import { afterAll, expect, test } from 'vitest';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import { promptDataset, promptOf } from './prompts.js';

const kit = await createTestKit({ plugins: [renderers(), datasets()] });
afterAll(() => kit[Symbol.asyncDispose]());
const renderer = (await kit.get(Renderers, 'qwen3_instruct')).create(toyTokenizer);
const source = await kit.get(RowSources);

const open = (rows: readonly Row[], maxPromptTokens: number | null = null) =>
  promptDataset(
    source,
    { dataset: jsonLines(newFolder(), rows), trainSplit: 'train' },
    { renderer, tokenizer: toyTokenizer, groupSize: 3, groupsPerBatch: 2, maxPromptTokens },
  );

async function promptsOf(rows: readonly Row[], maxPromptTokens: number | null = null) {
  const dataset = await open(rows, maxPromptTokens);
  const batches = await Promise.all(
    Array.from({ length: dataset.length }, async (_, i) => dataset.getBatch(i)),
  );
  return Promise.all(
    batches.flat().map(async builder => {
      const envs = await builder.makeEnvs();
      expect(envs).toHaveLength(3);
      const { input } = await envs[0]!.initialObservation();
      return /user\n(.*)<\|im_end/s.exec(toyTokenizer.decode(inputTokens(input)))![1];
    }),
  );
}

test('takes the question, or what the user says first', () => {
  expect(promptOf({ question: 'why?' })).toBe('why?');
  const messages = [
    { role: 'system', content: 'be short' },
    { role: 'user', content: 'hello' },
    { role: 'user', content: 'again' },
  ];
  expect(promptOf({ messages })).toBe('hello');
  expect(promptOf({ text: 'x' })).toBeUndefined();
});

test('asks each prompt once, in the order of the rows, the last batch smaller', async () => {
  const rows = [{ question: 'a' }, { question: null }, { question: 'b' }, { question: 'c' }];
  expect((await open(rows)).length).toBe(2);
  expect(await promptsOf(rows)).toEqual(['a', 'b', 'c']);
});

test('metrics are split by the name of the data, not by where it is on this machine', async () => {
  const [builder] = await (await open([{ question: 'a' }])).getBatch(0);
  expect(builder!.tags).toEqual(['rows.jsonl']);
});

test('cuts a long prompt', async () => {
  expect(await promptsOf([{ question: 'abcdef' }], 4)).toEqual(['abcd']);
});

test('gives no reward, and ends after one turn', async () => {
  const [builder] = await (await open([{ question: 'a' }])).getBatch(0);
  const [env] = await builder!.makeEnvs();
  expect(await env!.step({ tokens: [1], logprobs: [-1], stopReason: 'stop' })).toEqual({
    reward: 0,
    episodeDone: true,
  });
});

test('refuses rows without any prompt', async () => {
  await expect(open([{ text: 'a' }])).rejects.toMatchObject({ code: 'DATA_EMPTY' });
});
