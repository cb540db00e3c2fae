/**
 * The whole loop, with the real runner on the toy engine. What every recipe must do is in
 * conformance.test.ts.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DataAssembled,
  definePlugin,
  RolloutsGraded,
  RunShouldStop,
  type TrajectoryGroup,
} from '@tinsmith/core';
import { TOY_VOCABULARY } from '@tinsmith/testkit';
import { totalRewards } from '@tinsmith/training';
import { expect, test } from 'vitest';
import { newFolder, train } from './train.js';

const small = { groupSize: 4, groupsPerBatch: 8, maxSteps: 5, saveEvery: 2, learningRate: 0.1 };

test('learns: answers become well-formed, and the reward rises', async () => {
  const { rows } = await train({ ...small, groupSize: 8, maxSteps: 25, learningRate: 0.2 });
  const reward = rows.map(({ metrics }) => metrics['env/all/reward/total']!);
  expect(mean(reward.slice(0, 5))).toBeLessThan(-0.05);
  expect(mean(reward.slice(-5))).toBeGreaterThan(mean(reward.slice(0, 5)) + 0.04);
});

test('writes the metrics of the reference', async () => {
  const { rows } = await train(small);
  expect(rows.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
  const { metrics } = rows[1]!;
  expect(metrics).toMatchObject({
    'progress/batch': 1,
    'progress/done_frac': 0.4,
    'optim/lr': 0.1,
    'env/all/total_episodes': 32,
    'env/all/turns_per_episode': 1,
  });
  const others = ['reward/total', 'format', 'correct', 'by_group/frac_mixed'].map(key => `env/all/${key}`);
  expect(Object.keys(metrics)).toEqual(
    expect.arrayContaining([...others, 'optim/entropy', 'optim/kl_sample_train_v2', 'loss:sum']),
  );
});

test('trains on exactly what was sampled, with the weights that sampled it', async () => {
  const { rows } = await train(small);
  const mismatches = rows.map(({ metrics }) => Math.abs(metrics['optim/kl_sample_train_v1']!));
  expect(Math.max(...mismatches)).toBeLessThan(1e-6);
});

test('saves every saveEvery steps with a limited life, and at the end for good', async () => {
  const { checkpoints, saves } = await train(small);
  expect(checkpoints.map(({ name, batch }) => [name, batch])).toEqual([
    ['000002', 2],
    ['000004', 4],
    ['final', 5],
  ]);
  expect(saves.map(({ ttlSeconds }) => ttlSeconds)).toEqual([604_800, 604_800, undefined]);
});

test('keeps checkpoints for good if asked to', async () => {
  const { saves } = await train({ ...small, ttlSeconds: null });
  expect(saves.map(({ ttlSeconds }) => ttlSeconds)).toEqual([undefined, undefined, undefined]);
});

test('saves only at the end if saveEvery is 0', async () => {
  const { checkpoints } = await train({ ...small, saveEvery: 0 });
  expect(checkpoints.map(({ name }) => name)).toEqual(['final']);
});

test('a complete run is left alone, and its log says so', async () => {
  const { folder } = await train(small);
  const again = await train(small, { resume: folder });
  expect(again).toMatchObject({ rows: [], saves: [], outcome: { outcome: 'completed' } });
  expect(again.log).toContain('already complete: 5 of 5 steps are done');
});

test('a run that was killed between its last step and the final checkpoint gets that one, and no step twice', async () => {
  const options = { ...small, maxSteps: 4 };
  const { folder, checkpoints } = await train(options);
  expect(checkpoints.map(({ name }) => name)).toEqual(['000002', '000004', 'final']);
  const file = join(folder, 'checkpoints.jsonl');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
  rmSync(join(folder, 'checkpoints', 'final'), { recursive: true, force: true });
  const again = await train(options, { resume: folder });
  expect(again.rows).toEqual([]);
  expect(again.checkpoints.at(-1)).toMatchObject({ name: 'final', batch: 4 });
});

test('a complete run goes on when it gets more steps', async () => {
  const { folder } = await train(small);
  const more = await train({ ...small, maxSteps: 7 }, { resume: folder });
  expect(more.rows.map(({ step }) => step)).toEqual([5, 6]);
  expect(more.checkpoints.at(-1)).toMatchObject({ batch: 7 });
});

test('a run that is asked to stop saves where it is, with a limited life', async () => {
  const stopping = hooking(({ hook }) =>
    hook(RunShouldStop, ({ step }) => (step === 2 ? { reason: 'enough' } : undefined)),
  );
  const { checkpoints, saves, outcome } = await train(small, { plugins: [stopping] });
  expect(outcome).toMatchObject({ outcome: 'stopped', reason: 'enough' });
  expect(checkpoints.at(-1)).toMatchObject({ name: '000003', batch: 3 });
  expect(saves.at(-1)).toMatchObject({ ttlSeconds: 604_800 });
});

test('a run that is asked to stop at a checkpoint, or at its end, saves once', async () => {
  const stopping = hooking(({ hook }) =>
    hook(RunShouldStop, ({ step }) => (step === 1 || step === 4 ? { reason: 'enough' } : undefined)),
  );
  const { folder } = await train(small, { plugins: [stopping] });
  const { checkpoints } = await train(small, { plugins: [stopping], resume: folder });
  expect(checkpoints.map(({ name }) => name)).toEqual(['000002', '000004', 'final']);
});

test('plugins can reshape rewards and choose the training data', async () => {
  const seen: number[] = [];
  const shaping = hooking(({ hook }) => {
    hook(RolloutsGraded, groups =>
      groups.map(group => ({ ...group, groupRewards: group.groupRewards.map(reward => reward + 10) })),
    );
    hook(DataAssembled, data => {
      seen.push(data.length);
      return data.slice(0, 3);
    });
  });
  const { rows, outcome } = await train({ ...small, maxSteps: 1 }, { plugins: [shaping] });
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(rows[0]!.metrics['env/all/reward/total']).toBeGreaterThan(5);
  expect(seen).toEqual([32]);
});

test('groups without a contrast are not trained on if asked, and still count in the metrics', async () => {
  const seen: number[] = [];
  const flattening = hooking(({ hook }) => {
    hook(RolloutsGraded, groups => groups.map((group, index) => (index < 2 ? group : constant(group))));
    hook(DataAssembled, data => {
      seen.push(data.length);
      return data;
    });
  });
  const options = { ...small, maxSteps: 1, groupSize: 20, removeConstantRewardGroups: true };
  const { rows } = await train(options, { plugins: [flattening] });
  expect(rows[0]!.metrics['env/all/total_episodes']).toBe(8 * 20);
  expect(seen[0]).toBeLessThanOrEqual(2 * 20);
});

test('starts from given weights', async () => {
  const { rows, checkpoints, folder } = await train(small);
  // A new run in the same folder, because that is where the toy engine finds its weights.
  rmSync(join(folder, 'checkpoints.jsonl'));
  const loadCheckpointPath = checkpoints.at(-1)!.state_path;
  const loaded = await train({ ...small, loadCheckpointPath }, { resume: folder });

  expect(loaded.rows.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
  const [fresh, first] = [rows[0]!, loaded.rows[0]!].map(({ metrics }) => metrics['optim/entropy']!);
  expect(fresh).toBeCloseTo(Math.log(TOY_VOCABULARY), 9); // the table begins with equal chances for all
  expect(Math.abs(first! - fresh!)).toBeGreaterThan(0.01);
});

test('refuses a renderer that the model was not trained with, unless it is meant', async () => {
  const named = { ...small, maxSteps: 1, rendererName: 'role_colon' };
  await expect(train(named)).rejects.toMatchObject({ code: 'RENDERER_UNFIT' });
  const { outcome } = await train({ ...named, anyRenderer: true });
  expect(outcome).toMatchObject({ outcome: 'completed' });
});

test('says which renderers there are if nothing names one', async () => {
  await expect(train({ ...small, modelName: 'unknown' })).rejects.toMatchObject({
    code: 'RENDERER_UNKNOWN',
    at: 'recipe.with.rendererName',
    fix: expect.stringMatching(/^rendererName: .*qwen3_instruct/),
  });
});

test('a model folder that is not there is refused before the run folder is made', async () => {
  const logPath = join(newFolder(), 'run');
  await expect(train({ ...small, modelName: './no-such-folder' }, { resume: logPath })).rejects.toMatchObject(
    { code: 'MODEL_NOT_FOUND', at: 'recipe.with.modelName' },
  );
  expect(existsSync(logPath)).toBe(false);
});

test('refuses an option that the environment does not have', async () => {
  await expect(train({ ...small, envOptions: { fewShots: false } })).rejects.toMatchObject({
    code: 'OPTION_UNKNOWN',
  });
});

const hooking = (setup: Parameters<typeof definePlugin>[0]['setup']) =>
  definePlugin({ name: 'test-hooks', version: '1.0.0', setup })();

/** Group rewards that make all totals of the group 0. */
const constant = (group: TrajectoryGroup): TrajectoryGroup => ({
  ...group,
  groupRewards: totalRewards({ ...group, groupRewards: group.groupRewards.map(() => 0) }).map(
    total => -total,
  ),
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
