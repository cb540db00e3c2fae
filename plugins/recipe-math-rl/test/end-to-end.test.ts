/**
 * The recipe on the embedded engine, with a real transformer that is tiny and random. What it can learn in a
 * few steps is to end its turn in time, which costs 0.1 otherwise.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, Models, RunShouldStop } from '@tinsmith/core';
import local from '@tinsmith/engine-local';
import jsonl, { parseRow } from '@tinsmith/logger-jsonl';
import renderers from '@tinsmith/renderers-chat';
import { runConfig } from 'tinsmith';
import { expect, test } from 'vitest';
import mathRl from '../src/index.js';
import { makeTinyModel } from './tiny-model.js';
import { newFolder } from './train.js';

const options = {
  engine: 'local',
  modelName: 'tiny',
  loraRank: 8,
  groupSize: 8,
  groupsPerBatch: 4,
  learningRate: 2e-2,
  maxTokens: 8,
  maxSteps: 8,
  saveEvery: 3,
};

test('learns on a real model, and a resumed run repeats an uninterrupted one bit for bit', async () => {
  const model = await makeTinyModel(newFolder());
  const whole = newFolder();
  await run(whole, model);
  const rows = metricsOf(whole);
  expect(rows.map(row => row['step'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);

  const format = rows.map(row => row['env/all/format'] as number);
  expect(format.at(-1)).toBeGreaterThan(format[0]! + 0.3);
  for (const row of rows) expect(Math.abs(row['optim/kl_sample_train_v1'] as number)).toBeLessThan(1e-5);

  const stopped = newFolder();
  await run(stopped, model, { stopAfter: 3 });
  expect(metricsOf(stopped)).toHaveLength(4);
  await run(stopped, model);
  expect(withoutTimes(metricsOf(stopped))).toEqual(withoutTimes(rows));

  expect(finalWeights(stopped).equals(finalWeights(whole))).toBe(true);
});

test('a run that was killed after a checkpoint counts each step once when it goes on', async () => {
  const model = await makeTinyModel(newFolder());
  const folder = newFolder();
  await run(folder, model);
  const rows = withoutTimes(metricsOf(folder));

  // As if only the first checkpoint had been reached.
  const file = join(folder, 'checkpoints.jsonl');
  writeFileSync(file, `${readFileSync(file, 'utf8').split('\n')[0]}\n`);
  await run(folder, model);
  expect(withoutTimes(metricsOf(folder))).toEqual(rows);
  expect(withoutTimes(metricsOf(folder, 'metrics.superseded.jsonl'))).toEqual(rows.slice(3));
});

async function run(
  logPath: string,
  folder: string,
  { stopAfter }: { stopAfter?: number } = {},
): Promise<void> {
  const tiny = definePlugin({
    name: 'tiny',
    version: '1.0.0',
    setup({ provide, hook }) {
      provide(Models, 'tiny', { create: () => ({ folder, renderers: ['qwen3_instruct'] }) });
      hook(RunShouldStop, ({ step }) => (step === stopAfter ? { reason: 'enough' } : undefined));
    },
  });
  const { outcome, error } = await runConfig(
    {
      logPath,
      ifExists: 'resume',
      seed: 0,
      plugins: [local({ threads: 1 }), tiny(), renderers(), mathRl(), jsonl()],
      recipe: { use: 'math_rl', with: options },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  if (error) throw error;
  expect(outcome).toBe(stopAfter === undefined ? 'completed' : 'stopped');
}

const metricsOf = (folder: string, file = 'metrics.jsonl') =>
  readFileSync(join(folder, file), 'utf8').trim().split('\n').map(parseRow);

const withoutTimes = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  rows.map(row => Object.fromEntries(Object.entries(row).filter(([key]) => !key.startsWith('time/'))));

const finalWeights = (folder: string) =>
  readFileSync(join(folder, 'checkpoints/final/weights/adapter_model.safetensors'));
