import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { modelInput } from '@tinsmith/core';
import { describe, expect, test } from 'vitest';
import { openEngine, stories260K, story, temporaryFolder, tinyStories } from './support.js';

/** A copy of a model that a test may damage. */
function copyOf(model: string): string {
  const folder = join(temporaryFolder(), 'model');
  cpSync(model, folder, { recursive: true });
  return folder;
}

describe('a base model is named', () => {
  const models = {
    names: () => ['pocket', 'elsewhere'],
    get: async (name: string) => ({ ...(name === 'pocket' && { folder: tinyStories }), renderers: [] }),
  };

  test('as a plugin provides it, or by a path from the working directory', async () => {
    const engine = openEngine({ models, workingDirectory: join(stories260K, '..') });
    for (const baseModel of ['pocket', 'stories260K', stories260K]) {
      const client = await engine.createSamplingClient({ baseModel });
      expect(await client.computeLogprobs(modelInput([1, 2]))).toHaveLength(2);
    }
    expect(await engine.census()).toMatchObject({ models: 2 });
    const training = await engine.createLoraTrainingClient({ baseModel: 'pocket', rank: 1 });
    expect(await training.getInfo()).toMatchObject({ baseModel: 'pocket', loraRank: 1 });
  });

  test('or not at all: the error says what was looked at and what there is', async () => {
    const engine = openEngine({ models, workingDirectory: '/nowhere' });
    await expect(engine.createLoraTrainingClient({ baseModel: 'poket' })).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: 'there is no model "poket"',
      found: expect.stringMatching(/models of plugins: pocket, elsewhere; .*\/nowhere\/poket/) as string,
      fix: 'use pocket',
    });
    await expect(engine.createLoraTrainingClient({ baseModel: '' })).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
  });
});

test('a model folder is found under one name only, so its weights are in memory once', async () => {
  const engine = openEngine({ workingDirectory: process.cwd() });
  await engine.createSamplingClient({ baseModel: tinyStories });
  await engine.createSamplingClient({ baseModel: relative(process.cwd(), tinyStories) });
  expect(await engine.census()).toMatchObject({ models: 1, samplers: 2 });
});

describe('is refused, and the engine goes on:', () => {
  const breakages: [string, string, (folder: string) => void][] = [
    [
      'TENSOR_NOT_FINITE',
      'a weight that is no number',
      folder => {
        const file = join(folder, 'model.safetensors');
        const bytes = readFileSync(file);
        bytes.fill(0xff, bytes.length - 4); // NaN in every float type
        writeFileSync(file, bytes);
      },
    ],
    ['MODEL_NOT_FOUND', 'a folder without config.json', folder => rmSync(join(folder, 'config.json'))],
    [
      'MODEL_FILE_INVALID',
      'a config.json that is not JSON',
      folder => writeFileSync(join(folder, 'config.json'), '{'),
    ],
    [
      'MODEL_UNSUPPORTED',
      'another architecture',
      folder => editConfig(folder, { model_type: 'mamba', architectures: [] }),
    ],
    ['MODEL_FILE_MISSING', 'a folder without weights', folder => rmSync(join(folder, 'model.safetensors'))],
    [
      'SAFETENSORS_CORRUPT',
      'weights that are no safetensors file',
      folder => writeFileSync(join(folder, 'model.safetensors'), 'x'.repeat(100)),
    ],
    ['TENSOR_MISSING', 'a layer without weights', folder => editConfig(folder, { num_hidden_layers: 3 })],
    ['TENSOR_SHAPE', 'weights of another size', folder => editConfig(folder, { vocab_size: 2047 })],
    [
      'MODEL_FILE_MISSING',
      'an index of shards that are not there',
      folder => replaceByIndex(folder, { 'model.norm.weight': 'model-1.safetensors' }),
    ],
    [
      'MODEL_FILE_MISSING',
      'an index that leads out of the folder',
      folder => replaceByIndex(folder, { 'model.norm.weight': '../x.safetensors' }),
    ],
  ];
  test.each(breakages)('%s, %s', async (code, _, breakModel) => {
    const folder = copyOf(tinyStories);
    breakModel(folder);
    const engine = openEngine();
    await expect(engine.createSamplingClient({ baseModel: folder })).rejects.toMatchObject({ code });
    const client = await engine.createSamplingClient({ baseModel: tinyStories });
    expect(await client.computeLogprobs(modelInput(story))).toHaveLength(story.length);
  });

  test('TOKENIZER_MISSING, a stop string for a model without a tokenizer, alone in its batch', async () => {
    const folder = copyOf(tinyStories);
    rmSync(join(folder, 'tokenizer.json'));
    const client = await openEngine().createSamplingClient({ baseModel: folder });
    const request = { prompt: modelInput(story), numSamples: 1 };
    const [withText, without] = await Promise.allSettled([
      client.sample({ ...request, samplingParams: { maxTokens: 3, stop: 'x' } }),
      client.sample({ ...request, samplingParams: { maxTokens: 3, stop: [] } }),
    ]);
    expect(withText).toMatchObject({ status: 'rejected', reason: { code: 'TOKENIZER_MISSING' } });
    expect(without).toMatchObject({ status: 'fulfilled' });
  });
});

function editConfig(folder: string, changes: object): void {
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...changes }));
}

function replaceByIndex(folder: string, weightMap: object): void {
  rmSync(join(folder, 'model.safetensors'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
}
