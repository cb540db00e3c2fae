/** The recipe as the runner and the testkit see it, its evaluators, and what becomes of bad input. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConfiguredPlugin,
  definePlugin,
  Evaluators,
  type MetricRecord,
  MetricSinks,
  problemsOf,
} from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import evaluators from '@tinsmith/evaluators';
import renderers from '@tinsmith/renderers-chat';
import { recipeConformance, TestDirectory, toyEngine } from '@tinsmith/testkit';
import { runConfig } from 'tinsmith';
import { afterAll, describe, expect, test } from 'vitest';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import chatSl from '../src/index.js';

const directory = new TestDirectory();
afterAll(() => directory.remove());

const chats = Array.from({ length: 20 }, (_, i) => ({
  messages: [
    { role: 'user', content: 'count' },
    { role: 'assistant', content: '12345'.slice(0, 1 + (i % 5)) },
  ],
}));
const dataset = jsonLines(directory.path, chats);
const options = {
  engine: 'toy',
  modelName: 'toy',
  rendererName: 'qwen3_instruct',
  dataset,
  testSize: 4,
  batchSize: 5,
  numEpochs: 2,
  learningRate: 0.1,
  evalEvery: 2,
  infrequentEvalEvery: 4,
  ttlSeconds: null,
};
const plugins = [toyEngine(), datasets(), renderers(), evaluators(), chatSl()];

recipeConformance({
  plugins,
  recipe: {
    use: 'chat_sl',
    with: {
      ...options,
      saveEvery: 1,
      evaluators: [
        { use: 'sample-and-grade', with: { dataset, maxExamples: 3, maxTokens: 5, temperature: 1 } },
      ],
      infrequentEvaluators: [{ use: 'nll', with: { dataset } }],
    },
  },
  steps: 6, // 16 conversations make 3 whole batches, twice
});

test('asks the frequent and the infrequent evaluators when they are due, before the step, and keeps examples', async () => {
  const path = newFolder();
  const { rows } = await run(path, {
    evaluators: [{ use: 'sample-and-grade', with: { dataset, maxExamples: 2, maxTokens: 5 } }],
    infrequentEvaluators: [{ use: 'nll', with: { name: 'all', dataset } }],
  });
  const stepsWith = (name: string) => rows.filter(row => name in row.metrics).map(row => row.step);
  expect(stepsWith('test/nll')).toEqual([0, 2, 4]);
  expect(stepsWith('eval/conversations/score')).toEqual([0, 2, 4]);
  expect(stepsWith('eval/all/nll')).toEqual([0, 4]);
  expect(rows[0]!.metrics['eval/all/nll']).toBeCloseTo(Math.log(81), 1); // the toy knows nothing yet
  expect(rows[4]!.metrics['eval/all/nll']).toBeLessThan(rows[0]!.metrics['eval/all/nll']! - 0.5);
  const examples = readFileSync(join(path, 'iteration_000002/eval_conversations_trajectories.jsonl'), 'utf8');
  expect(examples.trimEnd().split('\n')).toHaveLength(2);
});

describe('an evaluator that throws', () => {
  const broken = definePlugin({
    name: 'broken',
    version: '1.0.0',
    setup: ({ provide }) =>
      provide(Evaluators, 'broken', {
        create: () => ({
          specification: 'v1' as const,
          create: () => ({
            name: 'broken',
            evaluate: () => Promise.reject(new Error('no luck')),
          }),
        }),
      }),
  });
  const own = { evaluators: ['broken', { use: 'nll', with: { dataset } }], evalEvery: 3 };

  test('ends the run, which says which one and why', async () => {
    await expect(run(newFolder(), own, [broken()])).rejects.toMatchObject({
      code: 'EVALUATOR_FAILED',
      message: expect.stringContaining('broken failed before step 0: no luck') as string,
      fix: expect.stringContaining('onEvaluatorError: continue') as string,
    });
  });

  test('is counted and logged while the run goes on, if that is wanted', async () => {
    const path = newFolder();
    const { rows } = await run(path, { ...own, onEvaluatorError: 'continue' }, [broken()]);
    expect(rows.map(row => row.metrics['evaluators_failed'])).toEqual([
      1,
      undefined,
      undefined,
      1,
      undefined,
      undefined,
    ]);
    expect(rows[0]!.metrics['eval/nll/nll']).toBeGreaterThan(0); // the others have their turn
    expect(readFileSync(join(path, 'logs.log'), 'utf8')).toContain(
      'the evaluator broken failed before step 3, the run goes on: no luck',
    );
  });
});

test('rolling checkpoints come between, and the final one is for good', async () => {
  const path = newFolder();
  const { checkpoints } = await run(path, { saveEvery: 0, rollingSaveEvery: 2 });
  expect(checkpoints.map(row => row['name'])).toEqual(['000002', '000004', '000006', 'final']);
});

describe('bad input is refused with its place:', () => {
  const user = { role: 'user', content: 'count' };
  const files = {
    'a conversation without an answer': [
      [{ messages: [user] }],
      /rows\.jsonl:1$/,
      'TRAINING_EXAMPLE_UNTRAINED',
    ],
    'half a character': [
      [{ messages: [user, { role: 'assistant', content: '1\ud800' }] }],
      /rows\.jsonl:1 messages\[1\]\.content$/,
      'DATA_TEXT_INVALID',
    ],
    'a tool call with bad JSON': [
      [
        {
          messages: [
            user,
            { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: '[1]' } }] },
          ],
        },
      ],
      /rows\.jsonl:1 messages\[1\]\.tool_calls\[0\]\.function\.arguments$/,
      'RENDERER_MESSAGE_INVALID',
    ],
  } as const;

  test.each(Object.entries(files))('%s', async (_, [rows, at, code]) => {
    const file = jsonLines(newFolder(), rows);
    const failed = run(newFolder(), { dataset: file, testSize: 0, batchSize: 1 });
    await expect(failed).rejects.toMatchObject({ code, at: expect.stringMatching(at) as string });
  });

  test('evaluators that are none, and their options, before anything is created', async () => {
    const failed = run(newFolder(), {
      evaluators: [{ use: 'nll', with: { dataset, maxExample: 3 } }, 'bleu'],
      infrequentEvaluators: ['gsm8k'],
    });
    const errors = await failed.then(() => [], problemsOf);
    expect(errors.map(({ code, at }) => [code, at])).toEqual([
      ['OPTION_UNKNOWN', 'recipe.with.evaluators.0.with.maxExample'],
      ['PROVIDER_MISSING', 'recipe.with.evaluators.1'],
    ]);
  });

  test('data that is nowhere: which files go where', async () => {
    const { TINSMITH_OFFLINE: before } = process.env;
    process.env['TINSMITH_OFFLINE'] = '1';
    try {
      const failed = run(newFolder(), { dataset: 'no_robots', testSize: 0 });
      await expect(failed).rejects.toMatchObject({
        code: 'HUB_NOT_CACHED',
        fix: expect.stringContaining('HuggingFaceH4/no_robots') as string,
      });
    } finally {
      if (before === undefined) delete process.env['TINSMITH_OFFLINE'];
      else process.env['TINSMITH_OFFLINE'] = before;
    }
  });
});

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
      plugins: [...plugins, recorder(), ...more],
      recipe: { use: 'chat_sl', with: { ...options, ...own } },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  if (error) throw error;
  const lines = readFileSync(join(path, 'checkpoints.jsonl'), 'utf8').trim().split('\n');
  return { rows, checkpoints: lines.map(line => JSON.parse(line) as Record<string, unknown>) };
}
