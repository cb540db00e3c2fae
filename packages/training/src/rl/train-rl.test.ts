/** What the loop does when not all is well. The rest is compared with the reference in test/golden-trainer-run. */
import { type Engine, type Env, type EnvGroupBuilder, modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { FakeService } from '../../test/fake-service.js';
import { assembleTrainingData } from '../data.js';
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

// ---- faults

const hanging: EnvGroupBuilder = {
  tags: [],
  makeEnvs: () => [{ ...env(false), step: () => new Promise<never>(() => {}) }],
};

/** A run over these groups, one batch after the other; a part of it can be changed. */
async function runOver(
  batches: readonly (readonly EnvGroupBuilder[])[],
  own: object,
  more: Partial<Parameters<typeof trainRl>[2]> = {},
  change: (engine: Engine) => Engine = engine => engine,
) {
  const service = new FakeService();
  const lines: string[] = [];
  const attempt = await service.attempt(null, ({ run: given, engine }) =>
    trainRl({ ...given, log: line => void lines.push(line) }, options.parse({ ...base, ...own }), {
      engine: change(engine),
      train: { length: batches.length, getBatch: index => batches[index]! },
      ...more,
    }),
  );
  return { ...attempt, lines };
}

test('an environment that hangs is named in the log, and a rollout that is given a deadline fails', async () => {
  const own = { stallSeconds: 0.02, rolloutLimits: { turnTimeoutSeconds: 0.2 } };
  const lines: string[] = [];
  const service = new FakeService();
  const attempt = service.attempt(null, ({ run: given, engine }) =>
    trainRl({ ...given, log: line => void lines.push(line) }, options.parse({ ...base, ...own }), {
      engine,
      train: { length: 1, getBatch: () => [group(false), hanging] },
    }),
  );
  await expect(attempt).rejects.toMatchObject({ code: 'ROLLOUT_TIMEOUT' });
  expect(lines[0]).toMatch(/^still waiting for group 1: an environment, for its answer to turn 1 \(\d+ s\)$/);
  const { rows, lines: tolerant } = await runOver([[group(false), hanging]], {
    ...own,
    rolloutErrorTolerance: { kind: 'min_viable', maxRetries: 0 },
  });
  expect(rows[0]).toMatchObject({ 'env/all/total_episodes': 3, 'rollout_errors/groups_skipped': 1 });
  expect(tolerant.at(-1)).toMatch(/^group 1 is left out: .*1 rollouts of a group 0 succeeded/);
});

test.each([Number.NaN, Infinity])('a reward of %d ends the run, or its rollout alone', async reward => {
  const broken: EnvGroupBuilder = {
    tags: [],
    makeEnvs: () => [0, 1].map(() => ({ ...env(false), step: () => ({ reward, episodeDone: true }) })),
  };
  await expect(runOver([[broken]], {})).rejects.toMatchObject({
    code: 'ENVIRONMENT_STEP_INVALID',
    found: `step 1 returned reward: ${reward}`,
  });
  const { rows } = await runOver([[broken, group(false)]], { rolloutErrorTolerance: true });
  expect(rows[0]).toMatchObject({ 'rollout_errors/groups_skipped': 1, 'env/all/total_episodes': 3 });
});

test('no data is an error, not a run that is complete', async () => {
  await expect(runOver([], {})).rejects.toMatchObject({
    code: 'DATA_TOO_FEW_ROWS',
    at: 'recipe.with.batchSize',
  });
});

test('groups of one learn nothing, and the log says why', async () => {
  const one: EnvGroupBuilder = { tags: [], makeEnvs: () => [env(false)] };
  const { lines } = await runOver(
    Array.from({ length: 10 }, () => [one]),
    {},
  );
  expect(lines).toEqual([expect.stringMatching(/^no group has had more than one rollout for 10 steps/)]);
});

test.each(['forwardBackward', 'optimStep'] as const)(
  'an engine that fails in %s ends the run with its error, in every mode',
  async method => {
    const failing = (engine: Engine): Engine => ({
      ...engine,
      async createLoraTrainingClient(given) {
        const client = await engine.createLoraTrainingClient(given);
        return { ...client, [method]: () => Promise.reject(new Error('the card is gone')) };
      },
    });
    const modes = [{}, { streamMinibatchConfig: { numMinibatches: 2 } }, { maxStepsOffPolicy: 1 }];
    for (const mode of modes)
      await expect(
        runOver([[group(false), group(false)], [group(false)]], mode, {}, failing),
      ).rejects.toThrow('the card is gone');
  },
);

// ---- what a recipe can give

test('a recipe makes its own data from the groups, and finds the problem of each', async () => {
  const named = ['a', 'b'].map(name => Object.assign(group(false), { name }));
  const seen: unknown[] = [];
  const { data, rows } = await runOver(
    [named],
    {},
    {
      toData: async groups => {
        seen.push(...groups.map(({ builder }) => builder));
        const advantages = groups.map(({ trajectories }, index) => trajectories.map(() => index + 1));
        return { data: assembleTrainingData(groups, advantages).data, metrics: { 'teacher/kl': 0.25 } };
      },
    },
  );
  expect(seen).toEqual(named);
  expect(rows[0]).toMatchObject({ 'teacher/kl': 0.25 });
  expect(data[0]!.map(({ lossFnInputs }) => Array.from(lossFnInputs['advantages']!.data).at(-1))).toEqual([
    1, 1, 1, 2, 2, 2,
  ]);
});

test('a recipe is asked before each step what else it measures', async () => {
  const asked: number[] = [];
  const { rows } = await runOver(
    [[group(false)], [group(false)]],
    {},
    {
      evaluate: async step => {
        asked.push(step);
        return step === 1 ? { 'eval/mine': 7 } : {};
      },
    },
  );
  expect(asked).toEqual([0, 1]);
  expect(rows.map(row => row['eval/mine'])).toEqual([undefined, 7]);
});

// ---- modes

test('a batch that cannot be divided into minibatches is refused before anything is sampled', async () => {
  const own = { numSubsteps: 2, streamMinibatchConfig: { numMinibatches: 2 } };
  await expect(runOver([[group(false), group(false), group(false)]], own)).rejects.toMatchObject({
    code: 'MINIBATCH_UNEVEN',
    found: '3 groups for 2 substeps of 2 minibatches',
  });
});

test('off-policy, a group that has become too old is sampled anew with newer weights', async () => {
  const slow = Promise.withResolvers<void>();
  let attempts = 0;
  const late: EnvGroupBuilder = {
    tags: ['late'],
    async makeEnvs() {
      if (attempts++ === 0) await slow.promise;
      return group(false).makeEnvs();
    },
  };
  let updates = 0;
  const counting = (engine: Engine): Engine => ({
    ...engine,
    async createLoraTrainingClient(given) {
      const client = await engine.createLoraTrainingClient(given);
      return {
        ...client,
        optimStep(params) {
          if (++updates === 2) slow.resolve();
          return client.optimStep(params);
        },
      };
    },
  });
  const pairs = Array.from({ length: 5 }, (_, index) => [index === 0 ? late : group(false), group(false)]);
  const { rows } = await runOver(pairs, { maxStepsOffPolicy: 1 }, {}, counting);
  expect(attempts).toBe(2);
  const ages = rows.map(row => Number(row['step']) - Number(row['sampling_client/step_min']));
  expect(Math.max(...ages)).toBeLessThanOrEqual(1);
});
