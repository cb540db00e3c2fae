/** The recipe as the runner and the testkit see it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { recipeConformance, toyEngine } from '@tinsmith/testkit';
import { runConfig } from 'tinsmith';
import { afterAll, expect, test } from 'vitest';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import slLoop from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'tinsmith-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chat = (answer: string) => ({
  messages: [
    { role: 'user', content: 'count' },
    { role: 'assistant', content: answer },
  ],
});
const dataset = jsonLines(
  folder,
  Array.from({ length: 14 }, (_, i) => chat('12345'.slice(0, 1 + (i % 5)))),
);
const plugins = [toyEngine(), datasets(), renderers(), slLoop()];
const options = { engine: 'toy', modelName: 'toy', rendererName: 'qwen3_instruct', dataset, batchSize: 3 };

recipeConformance({
  plugins,
  recipe: { use: 'sl_loop', with: { ...options, saveEvery: 1, learningRate: 0.1 } },
  steps: 4, // 14 conversations make 4 whole batches
});

const onePass = (rows: readonly object[], more: Readonly<Record<string, unknown>> = {}) =>
  runConfig(
    {
      logPath: newFolder(),
      ifExists: 'overwrite',
      plugins,
      recipe: {
        use: 'sl_loop',
        with: { ...options, dataset: jsonLines(newFolder(), rows), batchSize: 2, ...more },
      },
    },
    { output: { out: () => {}, error: () => {} } },
  );

test('refuses a conversation of which nothing is learnt, and says which one', async () => {
  const unanswered = { messages: [{ role: 'user', content: 'Anyone?' }] };
  const { outcome, error } = await onePass([unanswered, unanswered]);
  expect({ outcome, error }).toMatchObject({
    outcome: 'failed',
    error: { code: 'TRAINING_EXAMPLE_UNTRAINED', at: expect.stringMatching(/rows\.jsonl:[12]$/) as string },
  });
});

test('a question that leaves no room for its answer takes nothing from the run', async () => {
  const long = chat('a question that is longer than the longest example '.repeat(20));
  const { outcome, error } = await onePass([chat('1'), long], { maxLength: 64 });
  expect({ outcome, error }).toEqual({ outcome: 'completed' });
});
