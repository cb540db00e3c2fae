import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseSteps, readRun } from './read-run.js';
import { runLines } from './run-lines.js';

const terminal = {
  isLive: false,
  isUnicode: false,
  width: () => 80,
  paint: (_: string, text: string) => text,
};
const look = { terminal, metric: undefined, rollouts: 1 };

const record = {
  seed: 3,
  plugins: [],
  recipe: { use: 'math_rl', with: { engine: 'local', modelName: 'pocket' } },
  recorded: { log_path: 'x' },
};
const rollout = (reward: number, answer: string) =>
  JSON.stringify({ schema_version: 1, total_reward: reward, steps: [{ logs: { answer } }, { logs: {} }] });

const files = {
  'config.json': JSON.stringify(record),
  'metrics.jsonl': [
    '{"step":0,"env/all/reward/total":0.25,"time/total":2}',
    '{"step":1,"env/all/reward/total":0.1,"time/total":2}',
    '{"step":1,"env/all/reward/total":0.75,"optim/entropy":NaN,"time/total":2}',
    '{"step":2,"env/all/rew',
  ].join('\n'),
  'checkpoints.jsonl': `${JSON.stringify({ name: '000001', batch: 1, state_path: 'local://a', sampler_path: 'local://b' })}\n`,
  'logs.log': 'tinsmith run\n2026-01-01T00:00:00.000Z stopped: enough\n',
  'iteration_000000/train_rollout_summaries.jsonl': `${rollout(0, 'old')}\n`,
  'iteration_000001/train_rollout_summaries.jsonl': [
    rollout(0, 'no'),
    rollout(1, 'yes'),
    rollout(0.5, 'well'),
  ].join('\n'),
};

function folderOf(content: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-show-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(content)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

test('shows how a run ended, its curve and numbers, where it goes on, and rollouts of its last step', async () => {
  const folder = folderOf(files);
  const lines = runLines(await readRun(folder), look);
  expect(lines.slice(0, 4)).toEqual([
    'math_rl  stopped: enough, 2 steps, 4.0 s, model pocket, engine local, seed 3',
    folder,
    '',
    'reward  0.250 (step 0) -> 0.750 (step 1)',
  ]);
  expect(lines.slice(lines.indexOf('  metric                 first   last    least   most'))).toEqual([
    '  metric                 first   last    least   most',
    '  env/all/reward/total   0.250   0.750   0.250   0.750',
    '  optim/entropy          NaN     NaN     NaN     NaN',
    '  time/total             2.000   2.000   2.000   2.000',
    '',
    '  checkpoint   next batch   holds             until',
    '  000001       1            state + sampler   for good   resume goes on here',
    '',
    'best of 3 rollouts, step 1',
    'reward  answer',
    ' 1.000  yes',
    '',
    'worst of 3 rollouts, step 1',
    ' 0.000  no',
  ]);
});

test('of several rows of a step the last one holds, a torn line counts as not written', () => {
  expect(parseSteps('{"step":1,"loss":2}\n{"step":0,"loss":1}\n{"step":1,"loss":3}\n{"step":2,"lo')).toEqual([
    { step: 0, metrics: { loss: 1 } },
    { step: 1, metrics: { loss: 3 } },
  ]);
});

test('a run of the Cookbook, without a config of ours, is shown too', async () => {
  const folder = folderOf({ 'metrics.jsonl': '{"step":0,"train_mean_nll":1.5}\n' });
  expect(runLines(await readRun(folder), look)).toEqual([
    'a run  not ended: it runs, or was killed, 1 step',
    folder,
    '',
    'nll  1.500 (step 0)',
    '',
    '  metric           first   last    least   most',
    '  train_mean_nll   1.500   1.500   1.500   1.500',
    '',
    'no checkpoint',
  ]);
});

test('refuses a folder without a run, and a metric that it has not, with the nearest', async () => {
  await expect(readRun(folderOf({ 'notes.txt': '' }))).rejects.toMatchObject({ code: 'RUN_MISSING' });
  const run = await readRun(folderOf(files));
  expect(() => runLines(run, { ...look, metric: 'optim/entrop' })).toThrow(
    expect.objectContaining({ code: 'METRIC_UNKNOWN', fix: 'optim/entropy' }),
  );
});
