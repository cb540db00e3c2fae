import { readFileSync } from 'node:fs';
import { Recipes } from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import plugin from './index.js';
import { slBasicOptions } from './options.js';

test('provides the recipe sl_basic', async () => {
  await using kit = await createTestKit({ plugins: [plugin()] });
  expect(await kit.get(Recipes, 'sl_basic')).toMatchObject({ specification: 'v1' });
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = plugin.definition;
  expect(manifest).toMatchObject({ name, version });
});

test('has the defaults of the Cookbook', () => {
  expect(slBasicOptions.parse({ engine: 'local', modelName: 'pocket' })).toMatchObject({
    dataset: 'HuggingFaceH4/no_robots',
    trainOnWhat: 'all_assistant_messages',
    batchSize: 128,
    maxLength: 32_768,
    learningRate: 2e-4,
    lrSchedule: 'linear',
    numEpochs: 1,
    evalEvery: 8,
    saveEvery: 20,
    submitAhead: 1,
    loraRank: 32,
    ttlSeconds: 604_800,
    rollingSaveEvery: 0,
    rollingTtlSeconds: 7200,
  });
});
