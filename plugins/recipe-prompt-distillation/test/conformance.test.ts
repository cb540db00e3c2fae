/** The recipe as the runner and the testkit see it, with its first stage, and what becomes of bad input. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemsOf } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import evaluators from '@tinsmith/evaluators';
import renderers from '@tinsmith/renderers-chat';
import { recipeConformance, TestDirectory, toyEngine } from '@tinsmith/testkit';
import { runConfig } from 'tinsmith';
import { afterAll, describe, expect, test } from 'vitest';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import promptDistillation from '../src/index.js';

const directory = new TestDirectory();
afterAll(() => directory.remove());
const file = (name: string, content: string) => {
  writeFileSync(join(directory.path, name), content);
  return join(directory.path, name);
};

const dataset = jsonLines(
  directory.path,
  Array.from({ length: 12 }, (_, i) => ({
    messages: [
      { role: 'user', content: `say ${i}` },
      { role: 'assistant', content: 'abc'[i % 3] },
    ],
  })),
);
const model = { modelName: 'toy', rendererName: 'qwen3_instruct' };
const create = {
  ...model,
  prompt: file('prompt.txt', 'Say a letter.'),
  input: file('texts.txt', Array.from({ length: 24 }, (_, i) => `say ${i}\n`).join('')),
  answer: '[a-zA-Z]', // the toy babbles: most of 8 characters are letters
  maxTokens: 8,
};
const options = { engine: 'toy', ...model, batchSize: 4, learningRate: 0.1, evalEvery: 2, ttlSeconds: null };
const plugins = [toyEngine(), datasets(), renderers(), evaluators(), promptDistillation()];

recipeConformance({
  plugins,
  recipe: {
    use: 'prompt_distillation',
    with: {
      ...options,
      create,
      testSize: 4,
      saveEvery: 1,
      maxSteps: 4,
      evaluators: [{ use: 'sample-and-grade', with: { dataset, maxExamples: 3, maxTokens: 2 } }],
    },
  },
  steps: 4,
});

const silent = { out: () => {}, error: () => {} };
async function run(own: object, logPath = newFolder()) {
  const recipe = { use: 'prompt_distillation', with: { ...options, ...own } };
  const { error } = await runConfig({ logPath, ifExists: 'resume', plugins, recipe }, { output: silent });
  if (error) throw error;
  return { log: readFileSync(join(logPath, 'logs.log'), 'utf8'), logPath };
}

test('the data are made in the run folder, once, and what was dropped is said', async () => {
  const labels = Array.from('abcdABCDEFGHIJKLMN');
  const { log, logPath } = await run({
    create: { ...create, labels },
    maxSteps: 1,
  });
  expect(log).toMatch(/ \d+ examples of 24 texts; dropped [1-9]\d*: .*\d+ with another label.*; data\.jsonl/);
  expect(log).toMatch(/ dropped: ".*" to "say \d+"/);
  const before = readFileSync(join(logPath, 'data.jsonl.journal'), 'utf8');
  const again = await run({ create: { ...create, labels }, maxSteps: 1 }, logPath);
  expect(again.log).toContain('24 of 24 answers were there');
  expect(readFileSync(join(logPath, 'data.jsonl.journal'), 'utf8')).toBe(before);
});

test('a run that goes on with another prompt or other texts than its data were made of is refused', async () => {
  const folder = newFolder();
  const own = { prompt: join(folder, 'prompt.txt'), input: join(folder, 'texts.txt') };
  writeFileSync(own.prompt, 'Say a letter.');
  writeFileSync(own.input, 'one\ntwo\nthree\nfour\nfive\n');
  const again = (logPath?: string) =>
    run({ create: { ...create, ...own }, batchSize: 1, maxSteps: 1 }, logPath);
  const { logPath } = await again();
  const data = () => readFileSync(join(logPath, 'data.jsonl'), 'utf8');
  const before = data();
  writeFileSync(own.input, 'one\ntwo\nthree\nfour\nsix\n');
  await expect(again(logPath)).rejects.toMatchObject({
    code: 'RUN_DATA_CHANGED',
    found: '1 texts that were not there, 1 that are gone',
  });
  writeFileSync(own.prompt, 'Say a number.');
  await expect(again(logPath)).rejects.toMatchObject({
    code: 'DATA_SETTINGS_CHANGED',
    found: 'prompt "Say a letter." -> "Say a number."',
  });
  expect(data()).toBe(before);
});

test('data that are there are taken instead', async () => {
  const { logPath } = await run({ dataset, create, maxSteps: 1 });
  expect(existsSync(join(logPath, 'data.jsonl'))).toBe(false);
});

describe('is refused before anything is created:', () => {
  test.each([
    ['nothing to learn from', {}, [['DATA_MISSING', 'recipe.with.dataset']]],
    [
      'everything that is wrong with the making of data, together',
      {
        create: {
          ...create,
          engine: 'tou',
          rendererName: 'llama9',
          prompt: '/no/prompt.txt',
          input: '/no/texts.txt',
        },
      },
      [
        ['PROVIDER_MISSING', 'recipe.with.create.engine'],
        ['RENDERER_UNKNOWN', 'recipe.with.create.rendererName'],
        ['FILE_UNREADABLE', 'recipe.with.create.prompt'],
        ['FILE_UNREADABLE', 'recipe.with.create.input'],
      ],
    ],
    [
      'a pattern that is none',
      { create: { ...create, answer: '(' } },
      [['OPTION_INVALID', 'recipe.with.create.answer']],
    ],
  ])('%s', async (_, own, expected) => {
    const errors = await run(own).then(() => [], problemsOf);
    expect(errors.map(({ code, at }) => [code, at])).toEqual(expected);
  });

  test('data that are nowhere: how they are made', async () => {
    await expect(run({ dataset: '/no/data.jsonl' })).rejects.toMatchObject({
      code: 'DATA_SOURCE_UNKNOWN',
      fix: expect.stringContaining('tinsmith create_data') as string,
    });
  });
});
