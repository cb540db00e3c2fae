import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { modelInput } from '@tinsmith/core';
import { describe, expect, test } from 'vitest';
import { type LocalEngine, type LocalTrainingClient, readSafetensors } from '../src/engine.js';
import {
  example,
  logprobsOf,
  openEngine,
  stories260K,
  story,
  temporaryFolder,
  tinyStories,
  tokensOf,
} from './support.js';

const adam = { learningRate: 0.01 };
const lora = { baseModel: tinyStories, rank: 3, seed: 1 };

async function step(client: LocalTrainingClient, row = 0): Promise<void> {
  await Promise.all([
    client.forwardBackward([example(row === 0 ? story : tokensOf(row, 9))], 'cross_entropy'),
    client.optimStep(adam),
  ]);
}

async function trained(engine: LocalEngine): Promise<LocalTrainingClient> {
  const client = await engine.createLoraTrainingClient(lora);
  await step(client);
  await step(client, 1);
  return client;
}

const sha = (...parts: (string | NodeJS.ArrayBufferView)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

test('the hash of the base model follows from its files alone, so that later versions come to the same', async () => {
  const root = temporaryFolder();
  await (await trained(openEngine({ checkpoints: root }))).saveState('a');
  const record = JSON.parse(readFileSync(join(root, 'a', 'weights', 'checkpoint.json'), 'utf8')) as object;
  const tensors = [...readSafetensors(join(tinyStories, 'model.safetensors'))];
  const sorted = tensors.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const description = sha(readFileSync(join(tinyStories, 'config.json')));
  expect(record).toMatchObject({
    base_model_hash: sha(description, ...sorted.flatMap(([name, { data }]) => [name, data])),
  });
});

test('going on from a saved state gives the bits of going on without a break, in a run folder that has moved', async () => {
  const root = temporaryFolder();
  const first = openEngine({ checkpoints: join(root, 'run', 'checkpoints') });
  const unbroken = await trained(first);
  const { path } = await unbroken.saveState('000002');
  expect(path).toBe('local://checkpoints/000002/weights');
  await step(unbroken, 2);
  await step(unbroken, 3);

  renameSync(join(root, 'run'), join(root, 'moved'));
  const second = openEngine({ checkpoints: join(root, 'moved', 'checkpoints') });
  const resumed = await second.createTrainingClientFromStateWithOptimizer(path);
  await step(resumed, 2);
  await step(resumed, 3);
  expect(await resumed.parameters()).toEqual(await unbroken.parameters());
  expect(await resumed.getInfo()).toEqual(await unbroken.getInfo());
});

test('without the optimiser the weights are the same and the moments are fresh', async () => {
  const engine = openEngine({ checkpoints: temporaryFolder() });
  const client = await trained(engine);
  const { path } = await client.saveState('a');
  const [plain, withOptimizer] = [
    await engine.createTrainingClientFromState(path),
    await engine.createTrainingClientFromStateWithOptimizer(path),
  ];
  expect(await plain.parameters()).toEqual(await withOptimizer.parameters());
  await Promise.all([step(plain, 4), step(withOptimizer, 4)]);
  expect(await plain.parameters()).not.toEqual(await withOptimizer.parameters());
});

test('a state is loaded into a client that exists, which takes its turn', async () => {
  const engine = openEngine({ checkpoints: temporaryFolder() });
  const client = await trained(engine);
  const before = await client.parameters();
  const { path } = await client.saveState('a');
  await step(client, 5);
  const [, , after] = await Promise.all([
    client.loadStateWithOptimizer(path),
    step(client, 6),
    client.parameters(),
  ]);
  expect(after).not.toEqual(before);
  await client.loadState(path);
  expect(await client.parameters()).toEqual(before);
});

test('a sampler checkpoint samples as the client did when it was saved', async () => {
  const engine = openEngine({ checkpoints: temporaryFolder() });
  const client = await trained(engine);
  const expected = await logprobsOf(client, example(story));
  const { path } = await client.saveWeightsForSampler('a');
  await step(client, 7);
  const sampler = await engine.createSamplingClient({ modelPath: path });
  const scored = await sampler.computeLogprobs(modelInput(story));
  scored.slice(1).forEach((logprob, i) => expect(Math.abs(logprob! - expected[i]!)).toBeLessThan(1e-4));
});

test("is PEFT's layout, and a folder of PEFT's is a checkpoint to sample and train from", async () => {
  const root = temporaryFolder();
  const engine = openEngine({ checkpoints: root });
  const client = await trained(engine);
  await client.saveWeightsForSampler('a');
  const saved = join(root, 'a', 'sampler');
  const config = JSON.parse(readFileSync(join(saved, 'adapter_config.json'), 'utf8')) as object;
  expect(config).toMatchObject({
    peft_type: 'LORA',
    r: 3,
    lora_alpha: 32,
    base_model_name_or_path: tinyStories,
  });

  const foreign = join(root, 'foreign');
  mkdirSync(foreign);
  for (const file of ['adapter_config.json', 'adapter_model.safetensors'])
    cpSync(join(saved, file), join(foreign, file));
  const again = await engine.createTrainingClientFromState(foreign);
  expect(await again.parameters()).toEqual(await client.parameters());
  const sampler = await engine.createSamplingClient({ modelPath: foreign, baseModel: tinyStories });
  expect(await sampler.computeLogprobs(modelInput(story))).toHaveLength(story.length);
});

test('leaves no trace of its making, and none of a save that failed', async () => {
  const root = temporaryFolder();
  const client = await trained(openEngine({ checkpoints: root }));
  await client.saveState('a');
  await expect(client.saveState('a')).rejects.toMatchObject({ code: 'CHECKPOINT_EXISTS' });
  await client.saveState('a', { overwrite: true });
  await client.saveWeightsForSampler('a');
  expect(readdirSync(join(root, 'a')).toSorted()).toEqual(['sampler', 'weights']);
});

test('an expired checkpoint is gone, and makes room at the next save', async () => {
  const root = temporaryFolder();
  const engine = openEngine({ checkpoints: root });
  const client = await trained(engine);
  const { path } = await client.saveState('brief', { ttlSeconds: 0.001 });
  await expect(engine.createTrainingClientFromState(path)).rejects.toMatchObject({
    code: 'CHECKPOINT_NOT_FOUND',
  });
  await client.saveState('other', { ttlSeconds: 3600 });
  expect(existsSync(join(root, 'brief', 'weights'))).toBe(false);
  expect(existsSync(join(root, 'other', 'weights'))).toBe(true);
});

const source = (path: string) => JSON.stringify(new URL(`../src/${path}`, import.meta.url).href);

test.runIf(process.platform !== 'win32')(
  'a save for which there is no room fails with the reason, and the one before it still loads',
  async () => {
    const root = temporaryFolder();
    const client = await trained(openEngine({ checkpoints: root }));
    const { path } = await client.saveState('a');
    const program = `
      import { LocalEngine } from ${source('local-engine.ts')};
      const engine = new LocalEngine({ threads: 1, checkpoints: ${JSON.stringify(root)} });
      const client = await engine.createTrainingClientFromStateWithOptimizer(${JSON.stringify(path)});
      const error = await client.saveState('a', { overwrite: true }).catch(error => error);
      await client.optimStep(); // the engine goes on
      console.log(JSON.stringify({ code: error.code, message: error.message }));
      await engine.close();`;
    const hooks = new URL('../src/worker/source-hooks.mjs', import.meta.url).href;
    const node = [process.execPath, '--conditions=@tinsmith/source', '--import', hooks];
    // No file may grow beyond 8 blocks of 512 or 1,024 bytes: a write fails as it does on a full disk.
    const script = 'ulimit -f 8; exec "$@"';
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', script, 'sh', ...node, '--input-type=module', '-e', program],
      {
        encoding: 'utf8',
      },
    );
    expect(JSON.parse(stdout || stderr)).toMatchObject({
      code: 'DISK_WRITE',
      message: expect.stringContaining('nothing could be saved') as string,
    });
    expect(readdirSync(join(root, 'a'))).toEqual(['weights']);
    const again = await openEngine({ checkpoints: root }).createTrainingClientFromStateWithOptimizer(path);
    expect(await again.parameters()).toEqual(await client.parameters());
  },
);

describe('is refused with a clear error:', () => {
  test.each(['', 'a/b', '..'])('a name %j', async name => {
    const client = await openEngine({ checkpoints: temporaryFolder() }).createLoraTrainingClient(lora);
    await expect(client.saveState(name)).rejects.toMatchObject({ code: 'CHECKPOINT_NAME' });
  });

  test('a path without a checkpoint', async () => {
    const engine = openEngine({ checkpoints: temporaryFolder() });
    for (const path of ['local://checkpoints/none/weights', temporaryFolder(), '/no/such/folder'])
      await expect(engine.createTrainingClientFromState(path)).rejects.toMatchObject({
        code: 'CHECKPOINT_NOT_FOUND',
      });
    await expect(engine.createTrainingClientFromState('tinker://x/weights/a')).rejects.toMatchObject({
      code: 'CHECKPOINT_PATH',
    });
  });

  test('the other kind', async () => {
    const engine = openEngine({ checkpoints: temporaryFolder() });
    const client = await trained(engine);
    const [state, sampler] = [await client.saveState('a'), await client.saveWeightsForSampler('a')];
    await expect(engine.createSamplingClient({ modelPath: state.path })).rejects.toMatchObject({
      code: 'CHECKPOINT_KIND',
    });
    await expect(engine.createTrainingClientFromState(sampler.path)).rejects.toMatchObject({
      code: 'CHECKPOINT_KIND',
    });
    await expect(client.loadState(sampler.path)).rejects.toMatchObject({ code: 'CHECKPOINT_KIND' });
  });

  test('another rank, other switches, another model', async () => {
    const engine = openEngine({ checkpoints: temporaryFolder() });
    const { path } = await (await trained(engine)).saveState('a');
    for (const other of [{ rank: 4 }, { trainMlp: false }, { baseModel: stories260K }]) {
      const client = await engine.createLoraTrainingClient({ ...lora, ...other });
      await expect(client.loadState(path)).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH' });
      expect(await logprobsOf(client, example([1, 2, 3]))).toHaveLength(2);
    }
  });

  test('the same architecture with other weights', async () => {
    const root = temporaryFolder();
    const other = join(root, 'other-model');
    cpSync(tinyStories, other, { recursive: true });
    const weights = readFileSync(join(other, 'model.safetensors'));
    weights[weights.length - 1]! ^= 1;
    writeFileSync(join(other, 'model.safetensors'), weights);
    const engine = openEngine({ checkpoints: root });
    const { path } = await (await trained(engine)).saveState('a');
    await expect(engine.createTrainingClientFromState(path, { baseModel: other })).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
    });
  });

  test('the same weights with another configuration', async () => {
    const root = temporaryFolder();
    const other = join(root, 'other-model');
    cpSync(tinyStories, other, { recursive: true });
    const config = join(other, 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace(/("rms_norm_eps": )[\d.e-]+/, '$11e-4'));
    const engine = openEngine({ checkpoints: root });
    const { path } = await (await trained(engine)).saveState('a');
    await expect(engine.createTrainingClientFromState(path, { baseModel: other })).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
    });
  });

  test('damaged files', async () => {
    const root = temporaryFolder();
    const engine = openEngine({ checkpoints: root });
    const { path } = await (await trained(engine)).saveState('a');
    const file = join(root, 'a', 'weights', 'optimizer.safetensors');
    truncateSync(file, 1000);
    await expect(engine.createTrainingClientFromState(path)).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      at: file,
    });
    writeFileSync(join(root, 'a', 'weights', 'checkpoint.json'), '{}');
    await expect(engine.createTrainingClientFromState(path)).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
    });
  });
});
