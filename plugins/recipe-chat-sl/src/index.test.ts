import { readFileSync } from 'node:fs';
import { Recipes } from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import { chatSl } from './chat-sl.js';
import plugin from './index.js';
import { chatSlOptions } from './options.js';

test('provides the recipe chat_sl', async () => {
  await using kit = await createTestKit({ plugins: [plugin()] });
  expect(await kit.get(Recipes, 'chat_sl')).toMatchObject({ specification: 'v1' });
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = plugin.definition;
  expect(manifest).toMatchObject({ name, version });
});

test('has the defaults of the Cookbook', () => {
  expect(chatSlOptions.parse({ engine: 'local', modelName: 'pocket' })).toMatchObject({
    dataset: 'no_robots',
    batchSize: 256,
    maxLength: 16_384,
    learningRate: 1e-4,
    lrSchedule: 'linear',
    numEpochs: 1,
    loraRank: 32,
    saveEvery: 20,
    evalEvery: 20,
    infrequentEvalEvery: 100,
    inlineEvals: null,
    rollingSaveEvery: 0,
    rollingTtlSeconds: 7200,
    submitAhead: 1,
    ttlSeconds: 604_800,
    evaluators: [],
    infrequentEvaluators: [],
    onEvaluatorError: 'stop',
  });
});

const nameOf = (dataset: string) =>
  chatSl.runName!(chatSlOptions.parse({ engine: 'local', modelName: 'a/b', dataset }) as never, {
    seed: 0,
  });

test('the name of a run has the name of its data, not the path', () => {
  expect(nameOf('no_robots')).toBe('no_robots-a-b-32rank-0.0001lr-256batch');
  for (const path of ['/home/me/chats.jsonl', './data/chats.jsonl', 'data/chats.jsonl'])
    expect(nameOf(path)).toBe('chats.jsonl-a-b-32rank-0.0001lr-256batch');
});
