import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckpointInfo, modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import type { LocalEngine } from '../src/engine.js';
import { openEngine, story, temporaryFolder, tinyStories } from './support.js';

async function withCheckpoints() {
  const root = join(temporaryFolder(), 'checkpoints');
  const engine = openEngine({ checkpoints: root });
  const client = await engine.createLoraTrainingClient({ baseModel: tinyStories, rank: 3, seed: 1 });
  const state = (await client.saveState('one')).path;
  await new Promise(resolve => setTimeout(resolve, 2)); // creation times are in milliseconds
  const sampler = (await client.saveWeightsForSampler('two', { ttlSeconds: 3600 })).path;
  return { root, engine, client, state, sampler, store: engine.checkpoints };
}

async function listOf(engine: LocalEngine): Promise<CheckpointInfo[]> {
  const found: CheckpointInfo[] = [];
  for await (const info of engine.checkpoints.list()) found.push(info);
  return found;
}

test('a list has every checkpoint, the newest first, with what it is', async () => {
  const { engine, state, sampler, store } = await withCheckpoints();
  const list = await listOf(engine);
  expect(list).toMatchObject([
    { path: sampler, kind: 'sampler', baseModel: tinyStories, loraRank: 3 },
    { path: state, kind: 'state', baseModel: tinyStories, loraRank: 3 },
  ]);
  expect(list.map(({ expiresAt }) => expiresAt !== undefined)).toEqual([true, false]);
  expect(list[1]!.sizeBytes).toBeGreaterThan(2 * list[0]!.sizeBytes!); // the optimiser's state is twice the weights
  expect(await store.info(state)).toEqual(list[1]);
});

test('without a checkpoint the list is empty', async () => {
  expect(await listOf(openEngine({ checkpoints: join(temporaryFolder(), 'none') }))).toEqual([]);
});

test('what is deleted is gone for good, and may be deleted twice', async () => {
  const { root, engine, state, sampler, store } = await withCheckpoints();
  await store.delete(state);
  await store.delete(state);
  expect(readdirSync(root)).toEqual(['two']);
  expect((await listOf(engine)).map(({ path }) => path)).toEqual([sampler]);
  await expect(store.info(state)).rejects.toMatchObject({ code: 'CHECKPOINT_NOT_FOUND' });
  await expect(engine.createTrainingClientFromState(state)).rejects.toMatchObject({
    code: 'CHECKPOINT_NOT_FOUND',
  });
});

test('a delete takes its place behind the calls made before it', async () => {
  const { client, state, store } = await withCheckpoints();
  await Promise.all([client.loadStateWithOptimizer(state), store.delete(state)]);
  await expect(client.loadState(state)).rejects.toMatchObject({ code: 'CHECKPOINT_NOT_FOUND' });
});

test('a time to live is set, renewed and taken away, and what it ends is not listed', async () => {
  const { engine, state, sampler, store } = await withCheckpoints();
  await store.setTtl(sampler, null);
  expect(await store.info(sampler)).not.toHaveProperty('expiresAt');
  await store.setTtl(state, 3600);
  const { expiresAt } = await store.info(state);
  expect(Date.parse(expiresAt!) - Date.now()).toBeGreaterThan(3_500_000);
  await engine.createTrainingClientFromStateWithOptimizer(state); // its hashes still hold
  await store.setTtl(state, 0.001);
  await expect(store.info(state)).rejects.toMatchObject({ code: 'CHECKPOINT_NOT_FOUND' });
  expect((await listOf(engine)).map(({ path }) => path)).toEqual([sampler]);
});

test("a download is a folder in PEFT's layout that can be sampled from", async () => {
  const { engine, sampler, store } = await withCheckpoints();
  const folder = join(temporaryFolder(), 'deep', 'copy');
  await store.download(sampler, folder);
  expect(readdirSync(folder).toSorted()).toEqual([
    'adapter_config.json',
    'adapter_model.safetensors',
    'checkpoint.json',
  ]);
  const [copy, original] = [
    await engine.createSamplingClient({ modelPath: folder }),
    await engine.createSamplingClient({ modelPath: sampler }),
  ];
  expect(await copy.computeLogprobs(modelInput(story))).toEqual(
    await original.computeLogprobs(modelInput(story)),
  );
});

test('what cannot be done is refused, and leaves nothing behind', async () => {
  const { root, state, sampler, store } = await withCheckpoints();
  const parent = temporaryFolder();
  await expect(store.download(sampler, parent)).rejects.toMatchObject({ code: 'EXPORT_EXISTS' });
  const aborted = store.download(sampler, join(parent, 'copy'), AbortSignal.abort(new Error('enough')));
  await expect(aborted).rejects.toThrow('enough');
  await expect(store.delete(parent)).rejects.toMatchObject({ code: 'CHECKPOINT_PATH' });
  const outside = store.delete('local://checkpoints/../weights');
  await expect(outside).rejects.toMatchObject({ code: 'CHECKPOINT_NAME' });
  await expect(store.setTtl(state, 0)).rejects.toMatchObject({ code: 'SAVE_OPTIONS' });
  writeFileSync(join(root, 'two', 'sampler', 'adapter_model.safetensors'), 'no');
  const damaged = store.download(sampler, join(parent, 'copy'));
  await expect(damaged).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
  expect(readdirSync(parent)).toEqual([]);
});

test('a damaged checkpoint is listed by its path, and can be deleted', async () => {
  const { root, engine, state, store } = await withCheckpoints();
  rmSync(join(root, 'one', 'weights', 'optimizer.safetensors'));
  mkdirSync(join(root, 'stray'));
  expect((await listOf(engine)).at(-1)).toEqual({ path: state, kind: 'state' });
  await expect(store.info(state)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
  await store.delete(state);
  expect(await listOf(engine)).toHaveLength(1);
});
