import { readFileSync } from 'node:fs';
import { Environments, Recipes } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import plugin from './index.js';
import { rlBasicOptions } from './options.js';

test('provides the recipe rl_basic and the environment gsm8k', async () => {
  await using kit = await createTestKit({ plugins: [plugin(), datasets()] });
  expect(await kit.get(Recipes, 'rl_basic')).toMatchObject({ specification: 'v1' });
  expect(await kit.get(Environments, 'gsm8k')).toMatchObject({ specification: 'v1' });
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = plugin.definition;
  expect(manifest).toMatchObject({ name, version });
});

test('has the defaults of the Cookbook', () => {
  expect(rlBasicOptions.parse({ engine: 'local', modelName: 'pocket' })).toMatchObject({
    env: 'gsm8k',
    groupSize: 16,
    groupsPerBatch: 128,
    learningRate: 4e-5,
    maxTokens: 256,
    temperature: 1,
    evalEvery: 0,
    saveEvery: 20,
    loraRank: 32,
    lossFn: 'importance_sampling',
    numSubsteps: 1,
    klPenaltyCoef: 0,
    klDiscountFactor: 0,
    computePostKl: false,
    removeConstantRewardGroups: false,
    rolloutErrorTolerance: false,
    ttlSeconds: 604_800,
    rollingSaveEvery: 0,
    rollingTtlSeconds: 7200,
  });
});
