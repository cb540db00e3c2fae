/** `shorter` as the runner and the testkit see it, on the toy engine, and with a policy that is written down. */
import { DataAssembled, definePlugin, Models, RolloutsGraded } from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { recipeConformance, toyEngine } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import preference from '../src/index.js';
import { shorterOptions } from '../src/shorter-options.js';
import { runScripted } from './scripted.js';

const toyModel = definePlugin({
  name: 'toy-model',
  version: '1.0.0',
  setup: ({ provide }) => provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct'] }) }),
});

recipeConformance({
  plugins: [toyEngine(), toyModel(), renderers(), preference()],
  recipe: {
    use: 'shorter',
    with: {
      engine: 'toy',
      modelName: 'toy',
      batchSize: 2,
      groupSize: 4,
      numPrompts: 7,
      maxTokens: 6,
      saveEvery: 1,
      learningRate: 0.1,
    },
  },
  steps: 3,
  hooks: [RolloutsGraded, DataAssembled],
});

test('has the defaults of the Cookbook', () => {
  expect(shorterOptions.parse({ engine: 'tinker', modelName: 'Qwen/Qwen3.5-4B' })).toMatchObject({
    batchSize: 32,
    groupSize: 16,
    learningRate: 3e-5,
    maxTokens: 64,
    evalEvery: 5,
    computePostKl: true,
    loraRank: 32,
    prompt: 'Who are you?',
    numPrompts: 1024,
    tournamentPattern: 'all_pairs_both_ways',
    matchupGroupSize: 4,
  });
});

const options = { batchSize: 1, groupSize: 4, maxSteps: 1, computePostKl: false };

test('the shortest answer wins, an empty one too, and equal ones neither win nor lose', async () => {
  const said = ['', 'abc', 'abc', 'abcdef'];
  const { outcome, rewards } = await runScripted('shorter', options, (_, sample) => said[sample]!);
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(rewards()).toEqual([1, 0, 0, -1]);
});

test('an answer that was cut off pays for it, however short it is', async () => {
  const { rewards, metrics } = await runScripted('shorter', options, (_, sample) =>
    sample === 0 ? { cut: 'a' } : 'abc',
  );
  expect(rewards()).toEqual([0, -1 / 3, -1 / 3, -1 / 3]);
  expect(metrics()[0]).toMatchObject({ 'env/all/format': 0.75 });
});

test('fewer prompts than a batch are an error with the numbers, before anything runs', async () => {
  await expect(runScripted('shorter', { ...options, numPrompts: 0.5 }, () => 'a')).rejects.toMatchObject({
    code: 'OPTION_INVALID',
  });
  await expect(
    runScripted('shorter', { ...options, batchSize: 3, numPrompts: 2 }, () => 'a'),
  ).rejects.toMatchObject({
    code: 'DATA_TOO_FEW_ROWS',
    at: 'recipe.with.batchSize',
    found: 'numPrompts 2, batchSize 3',
  });
});
