import { readFileSync } from 'node:fs';
import { Commands, Recipes } from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import plugin from './index.js';
import { createDataOptions, promptDistillationOptions } from './options.js';

test('has the name and the version of its package, and its command is declared with its description', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    tinsmith: { commands: Record<string, string> };
  };
  const { name, version } = plugin.definition;
  expect(manifest).toMatchObject({ name, version });
  await using kit = await createTestKit({ plugins: [plugin()] });
  expect(await kit.get(Recipes, 'prompt_distillation')).toMatchObject({ specification: 'v1' });
  const { description } = await kit.get(Commands, 'create_data');
  expect(manifest.tinsmith.commands).toEqual({ create_data: description });
});

test('has the defaults of the Cookbook', () => {
  expect(promptDistillationOptions.parse({ engine: 'local', modelName: 'pocket' })).toMatchObject({
    learningRate: 1e-4,
    lrSchedule: 'linear',
    numEpochs: 4,
    loraRank: 32,
    saveEvery: 20,
    evalEvery: 5,
    trainOnWhat: 'all_assistant_messages',
    maxLength: 32_768,
    batchSize: 128,
    testSize: 0,
  });
  expect(createDataOptions.parse({ modelName: 'pocket', prompt: 'p.txt', input: 'i.txt' })).toMatchObject({
    maxTokens: 1000,
    temperature: 0.15,
  });
});
