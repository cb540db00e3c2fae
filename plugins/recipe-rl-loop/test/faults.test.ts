/** What there is to read when nothing can be learnt. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import datasets from '@tinsmith/datasets-hub';
import jsonl from '@tinsmith/logger-jsonl';
import renderers from '@tinsmith/renderers-chat';
import { toyEngine } from '@tinsmith/testkit';
import { runConfig } from 'tinsmith';
import { expect, test } from 'vitest';
import rlLoop from '../src/index.js';
import { digits, jsonLines, newFolder } from './rows.js';

async function run(logPath: string, rows: readonly object[]) {
  const options = { engine: 'toy', modelName: 'toy', rendererName: 'qwen3_instruct' };
  const task = { dataset: jsonLines(newFolder(), rows), datasetConfig: null, fewShot: false, boxed: false };
  const sizes = { batchSize: 2, groupSize: 3, maxTokens: 2, maxSteps: 2 };
  return runConfig(
    {
      logPath,
      plugins: [toyEngine(), datasets(), renderers(), rlLoop(), jsonl()],
      recipe: { use: 'rl_loop', with: { ...options, ...task, ...sizes } },
    },
    { output: { out: () => {}, error: () => {} } },
  );
}

test('says so when no answer is better than another, and goes on', async () => {
  const folder = newFolder();
  const impossible = Array.from({ length: 4 }, () => ({ question: 'say it', answer: '#### 123456' }));
  expect(await run(folder, impossible)).toMatchObject({ outcome: 'completed' });
  const log = readFileSync(join(folder, 'logs.log'), 'utf8');
  for (const step of [0, 1])
    expect(log).toContain(`step ${step}: all answers to each question are equally good`);
  expect(readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n')).toHaveLength(2);
});

test('data that does not fill one batch, or has no answer, ends the run and says why', async () => {
  expect(await run(newFolder(), digits(1))).toMatchObject({
    error: { code: 'DATA_TOO_FEW_ROWS', at: 'recipe.with.batchSize' },
  });
  const rows = [...digits(1), { question: 'and this?', answer: 'nobody knows' }];
  expect(await run(newFolder(), rows)).toMatchObject({ error: { code: 'DATA_PROBLEM_INVALID' } });
});
