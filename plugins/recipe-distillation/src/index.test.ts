import { readFileSync } from 'node:fs';
import { Recipes } from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import plugin from './index.js';
import { onPolicyOptions } from './options.js';

const models = { engine: 'local', modelName: 'pocket', teacherModel: 'pocket-teacher' };

test('provides its recipe', async () => {
  await using kit = await createTestKit({ plugins: [plugin()] });
  expect(await kit.get(Recipes, 'on_policy_distillation')).toMatchObject({ specification: 'v1' });
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = plugin.definition;
  expect(manifest).toMatchObject({ name, version });
});

test('has the defaults of the Cookbook', () => {
  expect(onPolicyOptions.parse(models)).toMatchObject({
    dataset: 'deepmath',
    groupSize: 4,
    groupsPerBatch: 1024,
    learningRate: 1e-4,
    loraRank: 128,
    maxTokens: 4096,
    maxPromptTokens: 1024,
    temperature: 1,
    klPenaltyCoef: 1,
    klDiscountFactor: 0,
    numSubsteps: 1,
    lossFn: 'importance_sampling',
    computePostKl: false,
    evalEvery: 20,
    saveEvery: 20,
  });
});

test.each([{ teacherModel: undefined }, { klPenaltyCoef: -1 }, { removeConstantRewardGroups: true }])(
  'refuses %j',
  wrong => {
    expect(onPolicyOptions.safeParse({ ...models, ...wrong }).success).toBe(false);
  },
);
