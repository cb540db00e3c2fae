/** The recipe on the embedded engine, with a real transformer that is tiny and random: it learns to count. */
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
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import slBasic from '../src/index.js';

const chats = Array.from({ length: 80 }, (_, i) => ({
  messages: [
    { role: 'user', content: `What is ${i % 7} + 1?` },
    { role: 'assistant', content: String((i % 7) + 1) },
  ],
}));

test('learns on a real model; stopped, or killed after a checkpoint, it ends with the same weights bit for bit', async () => {
  const model = await makeTinyModel(newFolder());
  const dataset = jsonLines(newFolder(), chats);
  const whole = newFolder();
  await run(whole, { model, dataset });
  const rows = metricsOf(whole);
  expect(rows.map(row => row['step'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const nll = rows.map(row => row['train_mean_nll'] as number);
  expect(nll.at(-1)).toBeLessThan(0.6 * nll[0]!);

  const stopped = newFolder();
  await run(stopped, { model, dataset, stopAfter: 3 });
  expect(metricsOf(stopped)).toHaveLength(5); // one more was on its way
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
  const options = {
    dataset,
    loraRank: 8,
    batchSize: 8,
    learningRate: 2e-2,
    saveEvery: 3,
    testSize: 8,
    evalEvery: 4,
    maxSteps: 10,
    numEpochs: 2,
  };
  const { outcome, error } = await runConfig(
    {
      logPath,
      ifExists: 'resume',
      seed: 0,
      plugins: [local({ threads: 1 }), tiny(), datasets(), renderers(), slBasic(), jsonl()],
      recipe: { use: 'sl_basic', with: { engine: 'local', modelName: 'tiny', ...options } },
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
