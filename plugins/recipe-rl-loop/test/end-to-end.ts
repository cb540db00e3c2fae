/**
 * A recipe on the embedded engine, with a real transformer that is tiny and random, on rows that the test writes: it learns, and
 * it ends the same whether it was left alone, stopped, or killed after a checkpoint. Used by the basic recipes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfiguredPlugin, definePlugin, Models, RunShouldStop } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import local from '@tinsmith/engine-local';
import jsonl, { parseRow } from '@tinsmith/logger-jsonl';
import renderers from '@tinsmith/renderers-chat';
import { runConfig } from 'tinsmith';
import { expect } from 'vitest';
import { makeTinyModel } from '../../recipe-math-rl/test/tiny-model.js';
import { jsonLines, newFolder } from './rows.js';

export type Row = Readonly<Record<string, unknown>>;

export interface EndToEndCase {
  readonly recipe: ConfiguredPlugin;
  readonly use: string;
  /** Besides engine and model, for the file of rows: ten steps, a checkpoint after the third. */
  readonly options: (dataset: string) => Row;
  readonly rows: readonly object[];
  /** How many steps a run has made that is asked to stop after step 3. */
  readonly stepsWhenStopped: number;
}

/** Returns the rows of metrics.jsonl of the run that was left alone. */
export async function learnsAndResumes(own: EndToEndCase): Promise<readonly Row[]> {
  const model = await makeTinyModel(newFolder());
  const dataset = jsonLines(newFolder(), own.rows);
  const attempt = (folder: string, stopAfter?: number) => run(folder, own, { model, dataset, stopAfter });

  const whole = newFolder();
  await attempt(whole);
  const rows = metricsOf(whole);
  expect(rows.map(row => row['step'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

  const stopped = newFolder();
  await attempt(stopped, 3);
  expect(metricsOf(stopped)).toHaveLength(own.stepsWhenStopped);
  await attempt(stopped);
  expect(withoutTimes(metricsOf(stopped))).toEqual(withoutTimes(rows));
  expect(finalWeights(stopped).equals(finalWeights(whole))).toBe(true);

  // As if the first checkpoint had been the last thing that happened before a kill.
  const uninterrupted = finalWeights(whole);
  const file = join(whole, 'checkpoints.jsonl');
  writeFileSync(file, `${readFileSync(file, 'utf8').split('\n')[0]}\n`);
  await attempt(whole);
  expect(withoutTimes(metricsOf(whole))).toEqual(withoutTimes(rows));
  expect(finalWeights(whole).equals(uninterrupted)).toBe(true);
  return rows;
}

interface Circumstances {
  readonly model: string;
  readonly dataset: string;
  readonly stopAfter: number | undefined;
}

async function run(
  logPath: string,
  { recipe, use, options }: EndToEndCase,
  { model, dataset, stopAfter }: Circumstances,
): Promise<void> {
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
      plugins: [local({ threads: 1 }), tiny(), datasets(), renderers(), recipe, jsonl()],
      recipe: { use, with: { engine: 'local', modelName: 'tiny', loraRank: 8, ...options(dataset) } },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  if (error) throw error;
  expect(outcome).toBe(stopAfter === undefined ? 'completed' : 'stopped');
}

const metricsOf = (folder: string): readonly Row[] =>
  readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n').map(parseRow);

const withoutTimes = (rows: readonly Row[]) =>
  rows.map(row => Object.fromEntries(Object.entries(row).filter(([key]) => !key.startsWith('time/'))));

const finalWeights = (folder: string) =>
  readFileSync(join(folder, 'checkpoints/final/weights/adapter_model.safetensors'));
