/** What the loop does when not all is well. The rest is compared with the reference in test/golden-trainer-run. */
import { type Env, type EnvGroupBuilder, modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { FakeService } from '../../test/fake-service.js';
import { rlLoopShape } from '../options.js';
import { trainRl } from './train-rl.js';

const options = z.object(rlLoopShape);
const base = { engine: 'fake', modelName: 'toy', learningRate: 1e-3, maxTokens: 4, saveEvery: 0 };

const env = (isBroken: boolean): Env => ({
  initialObservation: () => ({ input: modelInput([1, 2]), stop: [9] }),
  step: ({ tokens }) => {
    if (isBroken) throw new Error('the sandbox is gone');
    return { reward: tokens[0]! % 2, episodeDone: true };
  },
});
const group = (isBroken: boolean): EnvGroupBuilder => ({
  tags: [],
  makeEnvs: () => [0, 1, 2].map(() => env(isBroken)),
});

/** A run of two steps whose batches have these groups. */
async function run(batches: readonly (readonly boolean[])[], own: object) {
  const service = new FakeService();
  const lines: string[] = [];
  const attempt = await service.attempt(null, ({ run: given, engine }) =>
    trainRl({ ...given, log: line => void lines.push(line) }, options.parse({ ...base, ...own }), {
      engine,
      train: { length: batches.length, getBatch: index => batches[index]!.map(group) },
    }),
  );
  return { ...attempt, lines };
}

test('a rollout that fails ends the run, unless failures are tolerated', async () => {
  await expect(run([[false, true]], {})).rejects.toThrow('the sandbox is gone');
});

test('a group that cannot be had is left out, counted and logged', async () => {
  const { rows, data, lines } = await run([[false, true], [false]], { rolloutErrorTolerance: true });
  expect(data.map(sent => sent.length)).toEqual([3, 3]);
  expect(rows[0]).toMatchObject({ 'rollout_errors/groups_skipped': 1, 'env/all/total_episodes': 3 });
  expect(lines).toEqual([expect.stringContaining('group 1 is left out: Error: the sandbox is gone')]);
});

test('a step without any group updates nothing, and the run goes on', async () => {
  const tolerance = { kind: 'min_viable', maxRetries: 0 };
  const { rows, calls, checkpoints_file } = await run([[true], [false]], {
    rolloutErrorTolerance: tolerance,
  });
  expect(rows.map(row => row['env/all/total_episodes'])).toEqual([undefined, 3]);
  expect(calls.filter(([name]) => name === 'optim_step')).toHaveLength(1);
  expect(checkpoints_file).toMatchObject([{ name: 'final', batch: 2 }]);
});

test('says so when no answer was better than another for ten steps', async () => {
  const alike: EnvGroupBuilder = {
    tags: [],
    makeEnvs: () => [0, 1].map(() => ({ ...env(false), step: () => ({ reward: 0.5, episodeDone: true }) })),
  };
  const service = new FakeService();
  const lines: string[] = [];
  await service.attempt(null, ({ run: given, engine }) =>
    trainRl({ ...given, log: line => void lines.push(line) }, options.parse(base), {
      engine,
      train: { length: 12, getBatch: () => [alike] },
    }),
  );
  expect(lines).toEqual([expect.stringMatching(/^all rewards of each group were equal for 10 steps/)]);
});
