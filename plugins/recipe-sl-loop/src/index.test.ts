import { readFileSync } from 'node:fs';
import { Recipes } from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import plugin from './index.js';
import { slLoopOptions } from './options.js';

test('provides the recipe sl_loop', async () => {
  await using kit = await createTestKit({ plugins: [plugin()] });
  expect(await kit.get(Recipes, 'sl_loop')).toMatchObject({ specification: 'v1' });
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = plugin.definition;
  expect(manifest).toMatchObject({ name, version });
});

test('has the defaults of the Cookbook', () => {
  expect(slLoopOptions.parse({ engine: 'local', modelName: 'pocket' })).toMatchObject({
    dataset: 'HuggingFaceH4/no_robots',
    datasetSplit: 'train',
    trainOnWhat: 'all_assistant_messages',
    maxLength: 32_768,
    batchSize: 128,
    learningRate: 1e-4,
    loraRank: 32,
    saveEvery: 20,
    ttlSeconds: 604_800,
  });
});
