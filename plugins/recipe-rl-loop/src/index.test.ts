import { readFileSync } from 'node:fs';
import { Recipes } from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import plugin from './index.js';
import { rlLoopOptions } from './options.js';

test('provides the recipe rl_loop', async () => {
  await using kit = await createTestKit({ plugins: [plugin()] });
  expect(await kit.get(Recipes, 'rl_loop')).toMatchObject({ specification: 'v1' });
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = plugin.definition;
  expect(manifest).toMatchObject({ name, version });
});

test('has the defaults of the Cookbook', () => {
  expect(rlLoopOptions.parse({ engine: 'local', modelName: 'pocket' })).toMatchObject({
    dataset: 'openai/gsm8k',
    datasetConfig: 'main',
    datasetSplit: 'train',
    fewShot: true,
    boxed: true,
    batchSize: 128,
    groupSize: 16,
    learningRate: 4e-5,
    loraRank: 32,
    saveEvery: 20,
    maxTokens: 256,
    ttlSeconds: 604_800,
  });
});
