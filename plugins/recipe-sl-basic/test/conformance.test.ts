/** The recipe as the runner and the testkit see it, and what it does when steps are submitted ahead. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ConfiguredPlugin,
  definePlugin,
  type MetricRecord,
  MetricSinks,
  RunShouldStop,
} from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { recipeConformance, toyEngine } from '@tinsmith/testkit';
import { runConfig } from 'tinsmith';
import { afterAll, expect, test } from 'vitest';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import slBasic from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'tinsmith-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chats = Array.from({ length: 20 }, (_, i) => ({
  messages: [
    { role: 'user', content: 'count' },
    { role: 'assistant', content: '12345'.slice(0, 1 + (i % 5)) },
  ],
}));
const options = {
  engine: 'toy',
  modelName: 'toy',
  rendererName: 'qwen3_instruct',
  dataset: jsonLines(folder, chats),
  testSize: 4,
  batchSize: 5,
  numEpochs: 2,
  learningRate: 0.1,
  evalEvery: 2,
};

recipeConformance({
  plugins: [toyEngine(), datasets(), renderers(), slBasic()],
  recipe: { use: 'sl_basic', with: { ...options, saveEvery: 1 } },
  steps: 6, // 16 conversations make 3 whole batches, twice
});

test('learns: what was kept out of training becomes likelier too', async () => {
  const { rows } = await run(newFolder(), { saveEvery: 0, evalEvery: 1 });
  const nll = rows.map(row => row.metrics['test/nll']!);
  expect(nll).toHaveLength(6);
  expect(nll.at(-1)).toBeLessThan(nll[0]! - 0.5);
});

test('steps that are submitted ahead change nothing but the time', async () => {
  const runs = await Promise.all(
    // Kept for good: when a checkpoint expires is not the same in two runs.
    [0, 1, 3].map(submitAhead => run(newFolder(), { submitAhead, saveEvery: 4, ttlSeconds: null })),
  );
  const [plain, ...ahead] = runs.map(({ rows, checkpoints }) => ({
    rows: withoutTimes(rows),
    checkpoints: checkpoints.map(({ config_hash: _hash, ...row }) => row), // which says that submitAhead differs
  }));
  for (const one of ahead) expect(one).toEqual(plain);
});

test('a run that stops ahead of its checkpoints learns what was submitted, and goes on from there', async () => {
  const whole = await run(newFolder(), { submitAhead: 2, saveEvery: 0 });
  const path = newFolder();
  const stopped = await run(path, { submitAhead: 2, saveEvery: 0 }, [stopAfter(1)]);
  expect(stopped.rows.map(row => row.step)).toEqual([0, 1, 2, 3]); // two more were on their way
  expect(stopped.checkpoints.map(row => row['batch'])).toEqual([4]);
  const rest = await run(path, { submitAhead: 2, saveEvery: 0 });
  expect(withoutTimes([...stopped.rows, ...rest.rows])).toEqual(withoutTimes(whole.rows));
});

test('a checkpoint that is due by tokens holds exactly the steps before it', async () => {
  const { checkpoints } = await run(newFolder(), { submitAhead: 3, saveEvery: 0, saveEveryTokens: 200 });
  expect(checkpoints.map(row => row['name'])).toEqual(['000002', '000004', '000006', 'final']);
});

const stopAfter = (last: number) =>
  definePlugin({
    name: 'stop',
    version: '1.0.0',
    setup: ({ hook }) => hook(RunShouldStop, ({ step }) => (step >= last ? { reason: 'enough' } : undefined)),
  })();

async function run(path: string, own: object, more: readonly ConfiguredPlugin[] = []) {
  const rows: MetricRecord[] = [];
  const recorder = definePlugin({
    name: 'recorder',
    version: '1.0.0',
    setup: ({ provide }) =>
      provide(MetricSinks, { create: () => ({ write: async row => void rows.push(row) }) }),
  });
  const { error } = await runConfig(
    {
      logPath: path,
      ifExists: 'resume',
      plugins: [toyEngine(), datasets(), renderers(), slBasic(), recorder(), ...more],
      recipe: { use: 'sl_basic', with: { ...options, ...own } },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  if (error) throw error;
  const lines = readFileSync(join(path, 'checkpoints.jsonl'), 'utf8').trim().split('\n');
  return { rows, checkpoints: lines.map(line => JSON.parse(line) as Record<string, unknown>) };
}

const withoutTimes = (rows: readonly MetricRecord[]) =>
  rows.map(({ step, metrics }) => ({
    step,
    metrics: Object.fromEntries(Object.entries(metrics).filter(([name]) => !name.startsWith('time/'))),
  }));
