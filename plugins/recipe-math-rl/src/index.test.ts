import { readFileSync } from 'node:fs';
import { Environments, Recipes } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import plugin from './index.js';
import { mathRlOptions } from './options.js';

test('provides the recipe math_rl and its environments', async () => {
  await using kit = await createTestKit({ plugins: [plugin(), datasets()] });
  expect(await kit.get(Recipes, 'math_rl')).toMatchObject({ specification: 'v1' });
  for (const name of ['arithmetic', 'math', 'gsm8k', 'polaris', 'deepmath'])
    expect(await kit.get(Environments, name)).toMatchObject({ specification: 'v1' });
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = plugin.definition;
  expect(manifest).toMatchObject({ name, version });
});

test('has the defaults of the Cookbook', () => {
  expect(mathRlOptions.parse({ engine: 'local', modelName: 'pocket' })).toMatchObject({
    env: 'arithmetic',
    groupSize: 4,
    groupsPerBatch: 100,
    learningRate: 1e-5,
    maxTokens: 5,
    temperature: 1,
    numSubsteps: 1,
    saveEvery: 20,
    loraRank: 32,
    lossFn: 'importance_sampling',
    removeConstantRewardGroups: false,
    ttlSeconds: 604_800,
  });
});

test.each([
  [{ groupSize: 1 }],
  [{ learningRate: 0 }],
  [{ maxSteps: 0 }],
  [{ lossFn: 'cross_entropy' }],
  [{ groupsize: 8 }],
])('refuses %j', wrong => {
  expect(mathRlOptions.safeParse({ engine: 'local', modelName: 'pocket', ...wrong }).success).toBe(false);
});
