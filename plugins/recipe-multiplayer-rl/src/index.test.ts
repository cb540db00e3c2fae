import { readFileSync } from 'node:fs';
import { Commands, Games, Recipes } from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import plugin from './index.js';
import { guessNumberOptions, textArenaOptions, twentyQuestionsOptions } from './options.js';

test('provides the recipes, the games and the command', async () => {
  await using kit = await createTestKit({ plugins: [plugin()] });
  for (const name of ['guess_number', 'twenty_questions', 'text_arena'])
    expect(await kit.get(Recipes, name)).toMatchObject({ specification: 'v1' });
  for (const name of ['TicTacToe-v0', 'Nim-v0'])
    expect(await kit.get(Games, name)).toMatchObject({ specification: 'v1' });
  expect(await kit.get(Commands, 'play')).toMatchObject({ specification: 'v1' });
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = plugin.definition;
  expect(manifest).toMatchObject({ name, version });
});

test('has the defaults of the Cookbook', () => {
  expect(guessNumberOptions.parse({ engine: 'tinker', modelName: 'Qwen/Qwen3.5-4B' })).toMatchObject({
    loraRank: 32,
    learningRate: 3e-5,
    groupSize: 8,
    batchSize: 32,
    testGroupSize: 4,
    maxTokens: 64,
    evalEvery: 5,
    saveEvery: 20,
    upperBound: 1024,
    maxTurns: 10,
    trainFraction: 0.9,
    numEpochs: 1,
    playerRole: 'player',
  });
  expect(twentyQuestionsOptions.parse({ engine: 'tinker', modelName: 'Qwen/Qwen3.5-4B' })).toMatchObject({
    learningRate: 3e-5,
    groupSize: 8,
    batchSize: 64,
    testGroupSize: 32,
    numEpochs: 100,
    maxTokens: 20,
    evalEvery: 5,
    answererModel: 'Qwen/Qwen3.5-9B',
    answererMaxTokens: 5,
  });
  expect(textArenaOptions.parse({ engine: 'tinker', modelName: 'Qwen/Qwen3.5-4B' })).toMatchObject({
    gameName: 'TicTacToe-v0',
    learningRate: 3e-5,
    batchSize: 512,
    numTrainDatapoints: 40_960,
    numTestDatapoints: 128,
    testOpponent: 'base_model',
    maxTokens: 64,
    opponentMaxTokens: 64,
    evalEvery: 5,
    saveEvery: 20,
  });
});
