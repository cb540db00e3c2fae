/** The recipe `dpo` as the runner and the testkit see it: what it learns, what it is compared with, and what becomes of bad input. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, type MetricRecord, MetricSinks, RunShouldStop } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { recipeConformance, TestDirectory, toyEngine } from '@tinsmith/testkit';
import { runConfig, type RunOutcome } from 'tinsmith';
import { afterAll, expect, test } from 'vitest';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import { dpoOptions } from '../src/dpo/options.js';
import preference from '../src/index.js';

const directory = new TestDirectory();
afterAll(() => directory.remove());

const answer = (content: string) => [{ role: 'assistant', content }];
/** A digit that grows is preferred to the letter x. */
const compared = (place: number, preferred = String(place % 10), label = place % 2 === 0 ? 'A' : 'B') => ({
  comparison: {
    prompt_conversation: [{ role: 'user', content: `say ${place % 10}` }],
    completion_A: answer(label === 'A' ? preferred : 'x'),
    completion_B: answer(label === 'A' ? 'x' : preferred),
  },
  label,
});
const dataset = jsonLines(
  directory.path,
  Array.from({ length: 24 }, (_, place) => compared(place)),
);
const options = {
  engine: 'toy',
  modelName: 'toy',
  rendererName: 'qwen3_instruct',
  dataset,
  testSize: 6,
  batchSize: 6,
  numEpochs: 2,
  learningRate: 0.05,
  evalEvery: 3,
  ttlSeconds: null,
};
const plugins = [toyEngine(), datasets(), renderers(), preference()];

recipeConformance({
  plugins,
  recipe: { use: 'dpo', with: { ...options, saveEvery: 1 } },
  steps: 6, // 18 comparisons make 3 batches, twice
});

interface Ran {
  readonly outcome: RunOutcome;
  readonly rows: MetricRecord[];
}

async function run(path: string, more: object = {}, stopAfter?: number): Promise<Ran> {
  const rows: MetricRecord[] = [];
  const recorder = definePlugin({
    name: 'recorder',
    version: '1.0.0',
    setup({ provide, hook }) {
      provide(MetricSinks, { create: () => ({ write: async row => void rows.push(row) }) });
      hook(RunShouldStop, ({ step }) => (step === stopAfter ? { reason: 'enough' } : undefined));
    },
  });
  const outcome = await runConfig(
    {
      seed: 0,
      logPath: path,
      ifExists: 'resume',
      plugins: [...plugins, recorder()],
      recipe: { use: 'dpo', with: { ...options, ...more } },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  return { outcome, rows };
}

test('tells held-out pairs apart after a few steps, and says how well before the last one', async () => {
  const { rows } = await run(newFolder(), { numEpochs: 4 });
  expect(rows.filter(row => 'test/nll' in row.metrics).map(row => row.step)).toEqual([0, 3, 6, 9, 11]);
  expect(rows[0]!.metrics).toMatchObject({ num_pairs: 6, progress: 0 });
  expect(rows[0]!.metrics['dpo_loss']).toBeCloseTo(Math.LN2, 4);
  expect(rows[0]!.metrics['test/margin']).toBeCloseTo(0, 4);
  expect(rows.at(-1)!.metrics['test/accuracy']).toBe(1);
  expect(rows.at(-1)!.metrics['test/margin']).toBeGreaterThan(0.05);
});

test('a run that goes on is compared with the weights that it began with, not with those that it goes on from', async () => {
  const path = newFolder();
  await run(path, {}, 2);
  const lines = readFileSync(join(path, 'checkpoints.jsonl'), 'utf8').trim().split('\n');
  const row = JSON.parse(lines.at(-1)!) as { reference_path: string };
  expect(row.reference_path).toEqual(expect.any(String));
  const { rows } = await run(path);
  expect(rows[0]!.step).toBe(3);
  // Compared with the weights that it goes on from, nothing would have moved yet.
  expect(rows[0]!.metrics['margin']).toBeGreaterThan(0.001);
});

test('a reference that is gone is said before anything is trained', async () => {
  const path = newFolder();
  await run(path, {}, 2);
  const lines = readFileSync(join(path, 'checkpoints.jsonl'), 'utf8').trim().split('\n');
  const { reference_path: reference } = JSON.parse(lines.at(-1)!) as { reference_path: string };
  rmSync(join(path, 'checkpoints/reference'), { recursive: true });
  const { outcome, rows } = await run(path);
  expect(rows).toEqual([]);
  expect(outcome).toMatchObject({
    outcome: 'failed',
    error: { code: 'DPO_REFERENCE_MISSING', at: reference },
  });
});

test('ties and empty answers are passed over, said once each, and a batch without a pair changes nothing', async () => {
  const file = jsonLines(newFolder(), [
    ...Array.from({ length: 6 }, (_, place) => compared(place, '7', 'Tie')),
    ...Array.from({ length: 6 }, (_, place) => compared(place, '  ', 'A')),
  ]);
  const path = newFolder();
  const { outcome, rows } = await run(path, { dataset: file, testSize: 0, numEpochs: 1 });
  expect(outcome.outcome).toBe('completed');
  expect(rows.map(row => row.metrics['num_pairs'])).toEqual([0, 0]);
  const log = readFileSync(join(path, 'logs.log'), 'utf8');
  expect(log.match(/is not used: a tie/g)).toHaveLength(1);
  expect(log.match(/is not used: an answer is empty/g)).toHaveLength(1);
});

test('has the defaults of the Cookbook', () => {
  expect(dpoOptions.parse({ engine: 'tinker', modelName: 'model' })).toMatchObject({
    dataset: 'hhh',
    learningRate: 1e-5,
    lrSchedule: 'linear',
    dpoBeta: 0.1,
    maxLength: 8192,
    batchSize: 256,
    loraRank: 32,
    evalEvery: 10,
    saveEvery: 20,
    infrequentEvalEvery: 100,
    referenceModelName: null,
  });
});
