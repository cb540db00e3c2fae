/** The whole loop on the toy engine, which really trains. */
import {
  type ConfiguredPlugin,
  DataAssembled,
  definePlugin,
  Engines,
  Environments,
  Models,
  type ModelSource,
  one,
  Recipes,
  type Registry,
  type RendererSource,
  Renderers,
  RolloutsGraded,
  RunShouldStop,
  type TrajectoryGroup,
} from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit, type TestKit, toyEngine } from '@tinsmith/testkit';
import { totalRewards } from '@tinsmith/training';
import { expect, test } from 'vitest';
import mathRl from '../src/index.js';
import { mathRlOptions } from '../src/options.js';
import { newRecording, type Recording, testRun } from './test-run.js';

const toyModel = definePlugin({
  name: 'toy-model',
  version: '1.0.0',
  setup: ({ provide }) =>
    provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct', 'another'] }) }),
});

/** Hands the test what the runner hands to a recipe. */
const Registries = one<{ models: Registry<ModelSource>; renderers: Registry<RendererSource> }>(
  'test-registries',
);
const registries = definePlugin({
  name: 'test-registries',
  version: '1.0.0',
  setup: ({ provide }) =>
    provide(Registries, { deps: { models: Models, renderers: Renderers }, create: deps => deps }),
});

const small = {
  engine: 'toy',
  modelName: 'toy',
  groupSize: 4,
  groupsPerBatch: 8,
  maxSteps: 5,
  saveEvery: 2,
  learningRate: 0.1,
};

test('learns: answers become well-formed, and the reward rises', async () => {
  await using kit = await createKit();
  const { rows } = await train(kit, { ...small, groupSize: 8, maxSteps: 25, learningRate: 0.2 });
  const reward = rows.map(row => row['env/all/reward/total']!);
  expect(mean(reward.slice(0, 5))).toBeLessThan(-0.05);
  expect(mean(reward.slice(-5))).toBeGreaterThan(mean(reward.slice(0, 5)) + 0.04);
});

test('writes the metrics of the reference', async () => {
  await using kit = await createKit();
  const { rows, plannedSteps } = await train(kit, small);
  expect(plannedSteps).toBe(5);
  expect(rows.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
  expect(rows[1]).toMatchObject({
    'optim/lr': 0.1,
    'env/all/total_episodes': 32,
    'env/all/turns_per_episode': 1,
  });
  const metrics = [
    'env/all/reward/total',
    'env/all/format',
    'env/all/correct',
    'env/all/by_group/frac_mixed',
  ];
  for (const key of [...metrics, 'optim/entropy', 'optim/kl_sample_train_v1', 'loss:sum']) {
    expect(rows[1]).toHaveProperty([key]);
  }
});

test('trains on exactly what was sampled, with the weights that sampled it', async () => {
  await using kit = await createKit();
  const { rows } = await train(kit, small);
  for (const row of rows) expect(Math.abs(row['optim/kl_sample_train_v1']!)).toBeLessThan(1e-6);
});

test('saves every saveEvery steps with a limited life, and at the end for good', async () => {
  await using kit = await createKit();
  const { checkpoints } = await train(kit, small);
  expect(checkpoints.map(({ name, batch, ttlSeconds }) => ({ name, batch, ttlSeconds }))).toEqual([
    { name: '000002', batch: 2, ttlSeconds: 604_800 },
    { name: '000004', batch: 4, ttlSeconds: 604_800 },
    { name: 'final', batch: 5, ttlSeconds: undefined },
  ]);
});

test('keeps checkpoints for good if asked to', async () => {
  await using kit = await createKit();
  const { checkpoints } = await train(kit, { ...small, ttlSeconds: null });
  expect(checkpoints.every(row => row.ttlSeconds === undefined)).toBe(true);
});

test('a resumed run repeats an uninterrupted one to the last digit', async () => {
  await using kit = await createKit();
  const whole = await train(kit, small);

  const resumed: Recording = { ...newRecording(), checkpoints: whole.checkpoints.slice(0, 1) };
  await train(kit, small, { recording: resumed });
  expect(resumed.rows).toEqual(whole.rows.slice(2));
});

test('the seed decides what is sampled', async () => {
  await using kit = await createKit();
  const once = await train(kit, small, { seed: 1 });
  expect((await train(kit, small, { seed: 1 })).rows).toEqual(once.rows);
  expect((await train(kit, small, { seed: 2 })).rows).not.toEqual(once.rows);
});

test('a complete run is left alone', async () => {
  await using kit = await createKit();
  const recording = await train(kit, small);
  await train(kit, small, { recording });
  expect(recording.rows).toHaveLength(5);
  expect(recording.checkpoints).toHaveLength(3);
  expect(recording.lines).toEqual(['already complete: 5 of 5 steps are done']);
});

test('a run that is asked to stop saves where it is and can go on', async () => {
  await using kit = await createKit(
    hooking(({ hook }) => hook(RunShouldStop, ({ step }) => (step === 2 ? { reason: 'enough' } : undefined))),
  );
  const recording = await train(kit, small);
  expect(recording.checkpoints.at(-1)).toMatchObject({ name: '000003', batch: 3, ttlSeconds: 604_800 });

  await train(kit, small, { recording });
  expect(recording.rows.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
  expect(recording.checkpoints.at(-1)).toMatchObject({ name: 'final', batch: 5 });
});

test('a run that is asked to stop at a checkpoint or at its end saves once', async () => {
  await using kit = await createKit(
    hooking(({ hook }) =>
      hook(RunShouldStop, ({ step }) => (step === 1 || step === 4 ? { reason: 'enough' } : undefined)),
    ),
  );
  const recording = await train(kit, small);
  await train(kit, small, { recording });
  expect(recording.checkpoints.map(({ name }) => name)).toEqual(['000002', '000004', 'final']);
});

test('plugins can reshape rewards and choose the training data', async () => {
  const seen: number[] = [];
  await using kit = await createKit(
    hooking(({ hook }) => {
      hook(RolloutsGraded, groups =>
        groups.map(group => ({ ...group, groupRewards: group.groupRewards.map(reward => reward + 10) })),
      );
      hook(DataAssembled, data => {
        seen.push(data.length);
        return data.slice(0, 3);
      });
    }),
  );
  const { rows } = await train(kit, { ...small, maxSteps: 1 });
  expect(rows[0]!['env/all/reward/total']).toBeGreaterThan(5);
  expect(seen).toEqual([32]);
});

test('groups without a contrast are not trained on if asked, and still count in the metrics', async () => {
  const seen: number[] = [];
  await using kit = await createKit(
    hooking(({ hook }) => {
      hook(RolloutsGraded, groups => groups.map((group, index) => (index < 2 ? group : constant(group))));
      hook(DataAssembled, data => (seen.push(data.length), data));
    }),
  );
  const options = { ...small, maxSteps: 1, removeConstantRewardGroups: true };
  const { rows } = await train(kit, { ...options, groupSize: 20 });
  expect(rows[0]!['env/all/total_episodes']).toBe(8 * 20);
  expect(seen[0]).toBeLessThanOrEqual(2 * 20);
});

test('starts from given weights with a fresh optimiser', async () => {
  await using kit = await createKit();
  const { checkpoints } = await train(kit, small);
  const fresh = await train(kit, { ...small, maxSteps: 1 });
  const loaded = await train(kit, {
    ...small,
    maxSteps: 1,
    loadCheckpointPath: checkpoints.at(-1)!.state_path,
  });
  expect(loaded.rows[0]!['optim/entropy']).not.toBe(fresh.rows[0]!['optim/entropy']);
});

test('takes the renderer that the model recommends, or the one that is named', async () => {
  await using kit = await createKit();
  await train(kit, { ...small, maxSteps: 1 });
  const named = train(kit, { ...small, maxSteps: 1, rendererName: 'qwen3' });
  await expect(named).rejects.toMatchObject({ code: 'PROVIDER_MISSING' });
});

test('says which renderers there are if nothing names one', async () => {
  await using kit = await createKit();
  await expect(train(kit, { ...small, modelName: 'unknown' })).rejects.toMatchObject({
    code: 'RENDERER_UNKNOWN',
    at: 'recipe.with.rendererName',
    fix: 'rendererName: qwen3_instruct',
  });
});

test('refuses an option of the environment that it does not have', async () => {
  await using kit = await createKit();
  await expect(train(kit, { ...small, envOptions: { fewShots: false } })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
  });
});

const hooking = (setup: Parameters<typeof definePlugin>[0]['setup']) =>
  definePlugin({ name: 'test-hooks', version: '1.0.0', setup })();

const createKit = (...plugins: ConfiguredPlugin[]) =>
  createTestKit({ plugins: [toyEngine(), toyModel(), renderers(), mathRl(), registries(), ...plugins] });

interface TrainOptions {
  readonly recording?: Recording;
  readonly seed?: number;
}

/** What the runner does with a recipe: options through the schema, providers by name, then `run`. */
async function train(
  kit: TestKit,
  given: object,
  { recording = newRecording(), seed = 0 }: TrainOptions = {},
): Promise<Recording> {
  const recipe = await kit.get(Recipes, 'math_rl');
  const options = mathRlOptions.parse(given);
  const used = {
    engine: await kit.get(Engines, options.engine),
    env: await kit.get(Environments, options.env),
    ...(await kit.get(Registries)),
  };
  await recipe.run(testRun(kit, recording, seed), options as never, used as never);
  return recording;
}

/** Group rewards that make all totals of the group 0. */
const constant = (group: TrajectoryGroup): TrajectoryGroup => ({
  ...group,
  groupRewards: totalRewards({ ...group, groupRewards: group.groupRewards.map(() => 0) }).map(
    total => -total,
  ),
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
