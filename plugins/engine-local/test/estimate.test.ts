/** What a batch takes on this machine, told before it runs. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEngine, temporaryFolder, tinyStories } from './support.js';

const size = (longest: number) => ({
  baseModel: tinyStories,
  rank: 4,
  trained: [12, longest, 20],
  sampled: [{ promptTokens: 9, numSamples: 4, maxTokens: 12 }],
});

test('memory grows with the longest sequence, and more samples take longer', async () => {
  const engine = openEngine();
  const short = await engine.estimate(size(30));
  const long = await engine.estimate(size(300));
  expect(short.seconds).toBeGreaterThan(0);
  expect(long.memoryBytes!).toBeGreaterThan(short.memoryBytes!);
  const many = { ...size(30), sampled: [{ promptTokens: 9, numSamples: 16, maxTokens: 400 }] };
  expect((await engine.estimate(many)).seconds!).toBeGreaterThan(2 * short.seconds!);
  const unbounded = [{ promptTokens: 9, numSamples: 1, maxTokens: undefined }]; // up to the model's context
  expect((await engine.estimate({ ...size(30), sampled: unbounded })).seconds).toBeGreaterThan(0);
  const nothing = await engine.estimate({ ...size(30), trained: [], sampled: [] });
  expect(nothing).toMatchObject({ memoryBytes: undefined, seconds: 0 });
});

test('a batch that does not fit is refused as it would be in the run', async () => {
  const engine = openEngine({ memory: 165 * 2 ** 20 });
  await expect(engine.estimate(size(300))).rejects.toMatchObject({ code: 'MEMORY_BUDGET' });
});

test('a model without its weights is not measured', async () => {
  const folder = join(temporaryFolder(), 'described');
  mkdirSync(folder);
  copyFileSync(join(tinyStories, 'config.json'), join(folder, 'config.json'));
  const estimate = await openEngine().estimate({ ...size(30), baseModel: folder });
  expect(estimate).toEqual({
    memoryBytes: undefined,
    seconds: undefined,
    basis: `the weights of ${folder} are not on this machine yet`,
  });
});
