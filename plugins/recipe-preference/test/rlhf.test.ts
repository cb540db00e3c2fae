/** `rlhf` as the runner and the testkit see it: its stages, on the toy engine and with an engine that says what is written down. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, judgeBy, Judges, type JudgeSource, Models, textOf } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { recipeConformance, type TestDirectory, toyEngine } from '@tinsmith/testkit';
import { afterAll, expect, test } from 'vitest';
import preference from '../src/index.js';
import { rlhfOptions } from '../src/rlhf/options.js';
import { likesYes, writeData } from './rlhf-data.js';
import { runScripted } from './scripted.js';

const toyModel = definePlugin({
  name: 'toy-model',
  version: '1.0.0',
  setup: ({ provide }) => provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct'] }) }),
});

const { data, folder: dataFolder } = writeData();
afterAll(() => dataFolder.remove());

const small = {
  ...data,
  batchSize: 2,
  maxSteps: 2,
  saveEvery: 1,
  evalEvery: 1,
  rlMaxTokens: 4,
};

recipeConformance({
  plugins: [toyEngine(), toyModel(), renderers(), datasets(), preference()],
  recipe: {
    use: 'rlhf',
    with: {
      engine: 'toy',
      modelName: 'toy',
      ...small,
      sftLearningRate: 0.1,
      rmLearningRate: 3, // so that two steps teach it to say A or B
      rlLearningRate: 0.1,
    },
  },
  steps: 6,
});

test('has the defaults of the Cookbook', () => {
  expect(rlhfOptions.parse({ engine: 'tinker', modelName: 'Qwen/Qwen3.5-9B-Base' })).toMatchObject({
    runSft: true,
    runRm: true,
    runRl: true,
    loraRank: 64,
    maxLength: 16_384,
    batchSize: 256,
    sftLearningRate: 2e-4,
    rmLearningRate: 3e-4,
    rlLearningRate: 1e-5,
    rlMaxTokens: 1024,
    rlGroupSize: 4,
    saveEvery: 100,
    evalEvery: 20,
    winRateSize: 256,
    sftDataset: 'HuggingFaceH4/no_robots',
    dataset: 'hhh',
  });
});

const jsonl = (folder: TestDirectory, file: string) =>
  readFileSync(join(folder.path, 'run', file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Record<string, unknown>);
const summaryOf = (folder: TestDirectory) =>
  JSON.parse(readFileSync(join(folder.path, 'run/summary.json'), 'utf8')) as Record<string, object>;

test('each stage has a folder as a run of its own would be, and the run has one summary', async () => {
  const { folder, outcome, metrics, rewards, log } = await runScripted('rlhf', small, likesYes);
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(metrics().map(row => row['progress/done_frac'])).toEqual([1, 2, 3, 4, 5, 6].map(step => step / 6));
  for (const stage of ['sft', 'rm', 'rl']) {
    expect(jsonl(folder, `${stage}/metrics.jsonl`).map(({ step }) => step)).toEqual([0, 1]);
    expect(
      jsonl(folder, `${stage}/checkpoints.jsonl`).map(
        ({ name, batch }) => `${String(name)} ${String(batch)}`,
      ),
    ).toEqual(['000001 1', '000002 2', 'final 2']);
  }
  expect(rewards('rl').slice(0, 4)).toEqual([1 / 3, -1 / 3, 1 / 3, -1 / 3].map(share => share * 2));
  expect(metrics()[4]).toMatchObject({ 'rl/env/all/win_minus_loss': 0, 'rl/win_rate_sft': 0.5 });
  expect(summaryOf(folder)).toMatchObject({
    stages: { sft: { steps: 2 }, rm: { steps: 2 }, rl: { steps: 2 } },
    final: { 'judge/accuracy': 1, 'judge/judge_unreadable': 0, 'policy/win_rate_sft': 0.5 },
  });
  expect(log()).toMatch(/sft: 2 steps; [^]*rm: 2 steps; [^]*rl: 2 steps; [^]*policy\/win_rate/);
});

const stages = (rows: readonly object[]) =>
  rows.map(
    row =>
      Object.keys(row)
        .find(key => /^(sft|rm|rl)\//.test(key))!
        .split('/')[0],
  );

test('stages can be run one by one in the same folder, and again', async () => {
  const only = (stage: 'runSft' | 'runRm' | 'runRl') => ({
    ...small,
    runSft: false,
    runRm: false,
    runRl: false,
    [stage]: true,
  });
  const { folder, metrics } = await runScripted('rlhf', only('runSft'), likesYes);
  expect(stages(metrics())).toEqual(['sft', 'sft']);
  const rm = await runScripted('rlhf', only('runRm'), likesYes, { folder });
  expect(stages(rm.metrics())).toEqual(['rm', 'rm']);
  const rl = await runScripted('rlhf', only('runRl'), likesYes, { folder });
  expect(stages(rl.metrics())).toEqual(['rl', 'rl']);
  expect(summaryOf(folder)).toMatchObject({ final: { 'policy/win_rate_sft': 0.5 } });
  const again = await runScripted('rlhf', small, likesYes, { folder });
  expect(again.metrics()).toEqual([]);
});

test('checkpoints of other runs can take the place of a stage', async () => {
  const { folder } = await runScripted('rlhf', { ...small, runRl: false }, likesYes);
  const [sft, rm] = ['sft', 'rm'].map(stage => jsonl(folder, `${stage}/checkpoints.jsonl`).at(-1)!);
  const left = { sftCheckpointPath: sft!['state_path'], rmCheckpointPath: rm!['sampler_path'] };
  const options = { ...small, ...left, runSft: false, runRm: false };
  const elsewhere = await runScripted('rlhf', options, likesYes, { folder, run: 'other' });
  expect(elsewhere.outcome).toMatchObject({ outcome: 'completed' });
  expect(elsewhere.metrics()).toHaveLength(2);
});

test('a stage that is left out and has left nothing is missed before anything is trained', async () => {
  const { outcome, metrics } = await runScripted('rlhf', { ...small, runSft: false, runRm: false }, likesYes);
  expect(metrics()).toEqual([]);
  expect(outcome).toMatchObject({
    outcome: 'failed',
    error: {
      errors: [
        { code: 'STAGE_CHECKPOINT_MISSING', at: expect.stringMatching(/sft.checkpoints\.jsonl$/) },
        { code: 'STAGE_CHECKPOINT_MISSING', at: expect.stringMatching(/rm.checkpoints\.jsonl$/) },
      ],
    },
  });
});

const yesJudge: JudgeSource = {
  specification: 'v1',
  create: () =>
    judgeBy(({ completionA, completionB }) => {
      const [a, b] = [completionA, completionB].map(([answer]) => textOf(answer!) === 'yes');
      return Number(b) - Number(a);
    }),
};
const judges = definePlugin({
  name: 'yes-judge',
  version: '1.0.0',
  setup: ({ provide }) => provide(Judges, 'likes-yes', { create: () => yesJudge }),
});

test('a judge of a third party takes the place of the reward model, and stage 2 is left out', async () => {
  const options = { ...small, judge: 'likes-yes' };
  const { outcome, metrics, rewards } = await runScripted('rlhf', options, likesYes, {
    plugins: [judges()],
  });
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(metrics()).toHaveLength(4);
  expect(rewards('rl').slice(0, 2)).toEqual([2 / 3, -2 / 3]);
  await expect(
    runScripted('rlhf', { ...small, judge: 'likes-yess' }, likesYes, { plugins: [judges()] }),
  ).rejects.toMatchObject({
    code: 'JUDGE_UNKNOWN',
    at: 'recipe.with.judge',
    fix: 'judge: likes-yes',
  });
});
