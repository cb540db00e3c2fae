import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelInput, type RunDirectory, type TrajectoryGroup } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { runFolder } from '../../test/folder.js';
import { RolloutLog, rolloutsFile, rolloutsIndexFile, parseIndex, type RolloutsAt } from './rollout-log.js';

const turn = (observation: number[], tokens: number[], reward: number) => ({
  observation: modelInput(observation),
  action: { tokens, logprobs: tokens.map(() => -0.5), stopReason: 'stop' as const },
  reward,
  metrics: { correct: reward },
  logs: { answer: 'é' },
});
const group: TrajectoryGroup = {
  tags: ['sums'],
  trajectories: [
    { transitions: [turn([1, 2], [3], 0), turn([1, 2, 3, 4], [5], 1)], stopReason: 'completed' },
    { transitions: [turn([1, 2], [6], 0), turn([9], [7], 0)] },
  ],
  groupRewards: [0.5, 0],
  groupMetrics: [{ won: 1 }, {}],
  policyStep: 3,
};

const open = (directory: RunDirectory, nextStep: number, lines: string[] = []) =>
  RolloutLog.open({ directory, log: line => void lines.push(line) }, { isOn: true, nextStep });
const read = (directory: RunDirectory, file: string) => readFileSync(join(directory.path, file), 'utf8');

/** The rows of a step as the index finds them. */
function rowsAt(directory: RunDirectory, { offset, bytes }: RolloutsAt): unknown[] {
  const whole = readFileSync(join(directory.path, rolloutsFile));
  const text = whole.subarray(offset, offset + bytes).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as unknown);
}

test('the index finds the rollouts of a step by bytes; an observation that goes on has only what is new', async () => {
  const directory = runFolder();
  const log = await open(directory, 0);
  await log.write([group], { step: 0, split: 'train' });
  await log.write([group, group], { step: 1, split: 'eval/test' });

  const index = parseIndex(read(directory, rolloutsIndexFile));
  expect(index).toMatchObject([
    { step: 0, split: 'train', offset: 0, rollouts: 2 },
    { step: 1, split: 'eval/test', rollouts: 4 },
  ]);
  expect(rowsAt(directory, index[1]!)).toHaveLength(4);
  const [first, second] = rowsAt(directory, index[0]!);
  expect(first).toMatchObject({
    split: 'train',
    iteration: 0,
    group_idx: 0,
    traj_idx: 0,
    tags: ['sums'],
    sampling_client_step: 3,
    total_reward: 1.5,
    final_reward: 0.5,
    stop_reason: 'completed',
    turns: [
      { ob_tokens: [1, 2], ob_extends: false, ac_tokens: [3], ac_logprobs: [-0.5], reward: 0 },
      { ob_tokens: [4], ob_extends: true, ac_tokens: [5], reward: 1 },
    ],
  });
  expect(second).toMatchObject({ turns: [{}, { ob_tokens: [9], ob_extends: false }] });
});

test('summaries have the fields of the reference and no tokens', async () => {
  const directory = runFolder();
  await (await open(directory, 12)).write([group], { step: 12, split: 'eval/my set' });
  const text = read(directory, 'iteration_000012/eval_my_set_rollout_summaries.jsonl');
  const [first] = text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as object);
  expect(first).toEqual({
    schema_version: 1,
    split: 'eval/my set',
    iteration: 12,
    group_idx: 0,
    traj_idx: 0,
    tags: ['sums'],
    sampling_client_step: 3,
    total_reward: 1.5,
    final_reward: 0.5,
    stop_reason: 'completed',
    trajectory_metrics: { won: 1 },
    steps: [
      {
        step_idx: 0,
        ob_len: 2,
        ac_len: 1,
        reward: 0,
        episode_done: false,
        metrics: { correct: 0 },
        logs: { answer: 'é' },
      },
      {
        step_idx: 1,
        ob_len: 4,
        ac_len: 1,
        reward: 1,
        episode_done: true,
        metrics: { correct: 1 },
        logs: { answer: 'é' },
      },
    ],
    final_ob_len: 0,
  });
});

/** A kill can come between any two writes, and cut the last one anywhere. */
test('a run that goes on has each step once, whatever a kill has left', async () => {
  const whole = runFolder();
  const log = await open(whole, 0);
  for (const step of [0, 1, 2]) await log.write([group], { step, split: 'train' });
  const wanted = [rolloutsFile, rolloutsIndexFile].map(file => read(whole, file));

  for (const torn of ['', '{"split":"train","iter', '\n']) {
    for (const tornIndex of ['', '{"step":2,"spl']) {
      const directory = runFolder();
      const before = await open(directory, 0);
      for (const step of [0, 1]) await before.write([group], { step, split: 'train' });
      appendFileSync(join(directory.path, rolloutsFile), torn);
      appendFileSync(join(directory.path, rolloutsIndexFile), tornIndex);
      const again = await open(directory, 1); // the checkpoint was before step 1
      for (const step of [1, 2]) await again.write([group], { step, split: 'train' });
      expect([rolloutsFile, rolloutsIndexFile].map(file => read(directory, file))).toEqual(wanted);
    }
  }
});

test('a folder that cannot be written costs the run its rollouts and one line, no more', async () => {
  const lines: string[] = [];
  const full: RunDirectory = {
    ...runFolder(),
    append: () => Promise.reject(new Error('no space left on device')),
  };
  const log = await open(full, 0, lines);
  await log.write([group], { step: 0, split: 'train' });
  await log.write([group], { step: 1, split: 'train' });
  expect(lines).toEqual(['rollouts can no longer be written: Error: no space left on device']);
});
