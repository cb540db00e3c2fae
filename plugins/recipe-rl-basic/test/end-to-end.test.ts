/**
 * The recipe on the embedded engine, with a real transformer that is tiny and random. What it can learn in a few steps
 * is to say digits at all.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, Models, RunShouldStop } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import local from '@tinsmith/engine-local';
import jsonl, { parseRow } from '@tinsmith/logger-jsonl';
import renderers from '@tinsmith/renderers-chat';
import { runConfig } from 'tinsmith';
import { expect, test } from 'vitest';
import { makeTinyModel } from '../../recipe-math-rl/test/tiny-model.js';
import rlBasic from '../src/index.js';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';

test('learns on a real model; stopped, or killed after a checkpoint, it ends with the same weights bit for bit', async () => {
  const model = await makeTinyModel(newFolder());
  const fives = Array.from({ length: 4 * 10 }, () => ({ question: 'say a 5', answer: '#### 5' }));
  const dataset = jsonLines(newFolder(), fives);
  const whole = newFolder();
  await run(whole, { model, dataset });
  const rows = metricsOf(whole);
  expect(rows.map(row => row['step'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const reward = rows.map(row => row['env/all/reward/total'] as number);
  expect(Math.max(...reward.slice(-3))).toBeGreaterThan(reward[0]! + 0.3);
  const mismatches = rows.map(row => Math.abs((row['optim/kl_sample_train_v1'] as number | undefined) ?? 0));
  expect(Math.max(...mismatches)).toBeLessThan(1e-5);

  const stopped = newFolder();
  await run(stopped, { model, dataset, stopAfter: 3 });
  expect(metricsOf(stopped)).toHaveLength(4);
  await run(stopped, { model, dataset });
  expect(withoutTimes(metricsOf(stopped))).toEqual(withoutTimes(rows));
  expect(finalWeights(stopped).equals(finalWeights(whole))).toBe(true);

  // As if the first checkpoint had been the last thing that happened before a kill.
  const uninterrupted = finalWeights(whole);
  const file = join(whole, 'checkpoints.jsonl');
  writeFileSync(file, `${readFileSync(file, 'utf8').split('\n')[0]}\n`);
  await run(whole, { model, dataset });
  expect(withoutTimes(metricsOf(whole))).toEqual(withoutTimes(rows));
  expect(finalWeights(whole).equals(uninterrupted)).toBe(true);
});

interface Attempt {
  readonly model: string;
  readonly dataset: string;
  readonly stopAfter?: number;
}

async function run(logPath: string, { model, dataset, stopAfter }: Attempt): Promise<void> {
  const tiny = definePlugin({
    name: 'tiny',
    version: '1.0.0',
    setup({ provide, hook }) {
      provide(Models, 'tiny', { create: () => ({ folder: model, renderers: ['qwen3_instruct'] }) });
      hook(RunShouldStop, ({ step }) => (step === stopAfter ? { reason: 'enough' } : undefined));
    },
  });
  const { outcome, error } = await runConfig(
    {
      logPath,
      ifExists: 'resume',
      seed: 0,
      plugins: [local({ threads: 1 }), tiny(), datasets(), renderers(), rlBasic(), jsonl()],
      recipe: {
        use: 'rl_basic',
        with: {
          engine: 'local',
          modelName: 'tiny',
          loraRank: 8,
          envOptions: { dataset, datasetConfig: null, testSplit: null, fewShot: false, boxed: false },
          groupsPerBatch: 4,
          groupSize: 16,
          learningRate: 2e-2,
          maxTokens: 6,
          saveEvery: 3,
        },
      },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  if (error) throw error;
  expect(outcome).toBe(stopAfter === undefined ? 'completed' : 'stopped');
}

const metricsOf = (folder: string) =>
  readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n').map(parseRow);

const withoutTimes = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  rows.map(row => Object.fromEntries(Object.entries(row).filter(([key]) => !key.startsWith('time/'))));

const finalWeights = (folder: string) =>
  readFileSync(join(folder, 'checkpoints/final/weights/adapter_model.safetensors'));
