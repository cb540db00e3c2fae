import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin, Engines, Models, modelInput } from '@tinsmith/core';
import { createTestKit, engineConformance } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import local, { type LocalEngine } from './index.js';

const tinyStories = fileURLToPath(new URL('../../../fixtures/models/TinyStories-656K', import.meta.url));
const models = definePlugin({
  name: 'models-of-the-test',
  version: '1.0.0',
  setup({ provide }) {
    provide(Models, 'stories', { create: () => ({ folder: tinyStories, renderers: ['role_colon'] }) });
  },
});

engineConformance({
  plugins: [local({ threads: 1 }), models()],
  engine: 'local',
  baseModel: 'stories',
  tokens: [1, 80, 147, 201, 282, 215, 286, 704, 905],
});

test('models are named by their plugins, checkpoints go to the run folder, disposal closes the engine', async () => {
  const kit = await createTestKit({ plugins: [local(), models()] });
  const engine = (await kit.get(Engines, 'local')) as LocalEngine;
  const client = await engine.createLoraTrainingClient({ baseModel: 'stories', rank: 2 });
  const { path } = await client.saveState('000001');
  expect(path).toBe('local://checkpoints/000001/weights');
  expect(existsSync(join(kit.directory.path, 'checkpoints/000001/weights/adapter_model.safetensors'))).toBe(
    true,
  );
  await expect(engine.createSamplingClient({ baseModel: 'storys' })).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
    fix: 'use stories',
  });
  await kit[Symbol.asyncDispose]();
  await expect(client.forward([], 'cross_entropy')).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  await expect(engine.getTokenizer('stories')).resolves.toBeDefined();
  await expect(client.saveState('b')).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
});

test('the checkpoint folder can be chosen, and a wrong option is refused', async () => {
  await using kit = await createTestKit({ plugins: [local({ checkpoints: 'saved' }), models()] });
  const engine = await kit.get(Engines, 'local');
  const client = await engine.createLoraTrainingClient({ baseModel: 'stories', rank: 2 });
  const { path } = await client.saveWeightsForSampler('a');
  expect(existsSync(join(kit.directory.path, 'saved/a/sampler/checkpoint.json'))).toBe(true);
  const sampler = await engine.createSamplingClient({ modelPath: path });
  expect(await sampler.computeLogprobs(modelInput([1, 2]))).toHaveLength(2);
  await expect(createTestKit({ plugins: [local({ threads: 0 })] })).rejects.toMatchObject({
    at: expect.stringContaining('threads') as string,
  });
});
