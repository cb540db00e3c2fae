/** Base models by their ids on the hub, from a hub on loopback. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelInput } from '@tinsmith/core';
import { createHub, type HubOptions } from '@tinsmith/hub';
import { expect, test } from 'vitest';
import { cutAfter, FakeHub } from '../../../packages/hub/test/fake-hub.js';
import { example, logprobsOf, openEngine, temporaryFolder, tinyStories } from './support.js';

const id = 'owner/stories';
const file = (name: string) => readFileSync(join(tinyStories, name));
const model = {
  'config.json': file('config.json'),
  'tokenizer.json': file('tokenizer.json'),
  'model.safetensors': file('model.safetensors'),
};

/** An engine with a hub of its own; two with the same root have the same cache. */
function engineWith(root: string, options: HubOptions) {
  const hub = createHub({ cacheFolder: join(root, 'cache'), retry: { firstWait: 1 }, ...options }, {});
  return openEngine({ hub, checkpoints: root, workingDirectory: root });
}

test('a model is downloaded with progress, what is not read is left, and a checkpoint finds it again offline', async () => {
  const root = temporaryFolder();
  const progress: string[] = [];
  const lora = { baseModel: id, rank: 2, seed: 1 };
  let path;
  let expected;
  {
    await using fake = await FakeHub.start();
    fake.put(`models/${id}`, { ...model, 'pytorch_model.bin': 'the same weights', 'onnx/model.onnx': 'x' });
    fake.fail('model.safetensors', cutAfter(50_000, model['model.safetensors']));
    const onProgress = ({ file: name, state }: { file: string; state: string }) =>
      void progress.push(`${name} ${state}`);
    const engine = engineWith(root, { endpoint: fake.endpoint, onProgress });
    expect((await engine.getTokenizer(id)).vocabSize).toBeGreaterThan(0);
    expect(fake.requestsOf('model.safetensors')).toEqual([]); // the tokenizer alone needs no weights
    const training = await engine.createLoraTrainingClient(lora);
    expect(await training.getInfo()).toMatchObject({ baseModel: id });
    await training.forwardBackward([example([1, 2, 3])], 'cross_entropy');
    await training.optimStep({ learningRate: 0.1 });
    expected = await logprobsOf(training, example([1, 2, 3]));
    ({ path } = await training.saveState('a'));
    expect(fake.requestsOf('pytorch_model.bin')).toEqual([]);
    expect(fake.requestsOf('onnx')).toEqual([]);
    expect(fake.requestsOf('/revision/')).toHaveLength(1); // one commit for everything of one engine
  }
  expect(progress).toContain('model.safetensors done');
  const offline = engineWith(root, { offline: true });
  const resumed = await offline.createTrainingClientFromStateWithOptimizer(path);
  expect(await logprobsOf(resumed, example([1, 2, 3]))).toEqual(expected);
});

test('folders of models are searched before the hub, and a folder of that name before both', async () => {
  const root = temporaryFolder();
  cpSync(tinyStories, join(root, 'models', 'stories'), { recursive: true });
  const options = { offline: true, localFolders: { model: [join(root, 'models')] } };
  const sampler = await engineWith(root, options).createSamplingClient({ baseModel: id });
  expect(await sampler.computeLogprobs(modelInput([1, 2]))).toHaveLength(2);
  mkdirSync(join(root, id), { recursive: true });
  await expect(engineWith(root, options).createSamplingClient({ baseModel: id })).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
    found: 'a folder without config.json',
  });
});

test('offline and not here: the error says which files to put where, and which path was tried', async () => {
  const root = temporaryFolder();
  const engine = engineWith(root, { offline: true });
  await expect(engine.createLoraTrainingClient({ baseModel: id })).rejects.toMatchObject({
    code: 'HUB_NOT_CACHED',
    found: expect.stringContaining(join(root, id)) as string,
    fix: expect.stringMatching(/config.json.*safetensors.*owner\/stories.*TINSMITH_MODELS/) as string,
  });
});

test.each([
  ['without weights that are read', { 'config.json': '{}', 'model.gguf': 'x' }, /\.gguf files/],
  ['with shards and no index', { 'config.json': '{}', 'model-00001-of-00002.safetensors': 'x' }, /index/],
  ['without config.json', { 'model.safetensors': 'x' }, /config\.json/],
])('a repository %s is refused before anything is downloaded', async (_, files, fix) => {
  await using fake = await FakeHub.start();
  fake.put(`models/${id}`, files);
  const engine = engineWith(temporaryFolder(), { endpoint: fake.endpoint });
  await expect(engine.createSamplingClient({ baseModel: id })).rejects.toMatchObject({
    code: 'MODEL_FILE_MISSING',
    fix: expect.stringMatching(fix) as string,
  });
  expect(fake.requestsOf('/resolve/')).toEqual([]);
});

test('a name without an owner is never asked for on the network', async () => {
  await using fake = await FakeHub.start();
  const engine = engineWith(temporaryFolder(), { endpoint: fake.endpoint });
  await expect(engine.getTokenizer('pocket')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  await expect(engine.getTokenizer('owner/nothing')).rejects.toMatchObject({
    code: 'HUB_NOT_FOUND',
    found: expect.stringContaining('owner/nothing') as string,
  });
  expect(fake.requestsOf('pocket')).toEqual([]);
});
