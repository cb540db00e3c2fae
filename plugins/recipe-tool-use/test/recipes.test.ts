/** Both recipes with a policy that is written down: what it searches for and answers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  definePlugin,
  type Engine,
  Engines,
  inputTokens,
  MetricSinks,
  Models,
  SearchBackends,
} from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import sqlite from '@tinsmith/search-sqlite';
import { byteTokenizer, TestDirectory, ToyEngine } from '@tinsmith/testkit';
import { runConfig } from 'tinsmith';
import { expect, onTestFinished, test } from 'vitest';
import toolUse from '../src/index.js';
import { questionOf } from '../src/questions.js';
import { searchToolOptions } from '../src/options.js';

const tokenizer = byteTokenizer();
const END = tokenizer.tokenId('<|im_end|>')!;

/** What the model says to a prompt. */
type Policy = (prompt: string) => string;

const call = (query: string) =>
  `<tool_call>\n{"name": "search", "arguments": {"query_list": ["${query}"]}}\n</tool_call>`;
const place = (prompt: string) => /capital of (\w+)\?/.exec(prompt)![1]!;
/** Searches, then reads the answer off. */
const searches: Policy = prompt => {
  const [, found] = /Document 1:\nThe capital of \w+ is (\w+)\./.exec(prompt) ?? [];
  return found ? `Answer: ${found}` : call(place(prompt));
};

async function run(
  use: string,
  options: object,
  { policy, broken = false }: { policy: Policy; broken?: boolean },
) {
  const folder = new TestDirectory();
  onTestFinished(() => folder.remove());
  const file = (name: string, rows: readonly object[]) => {
    writeFileSync(join(folder.path, name), rows.map(row => `${JSON.stringify(row)}\n`).join(''));
    return join(folder.path, name);
  };
  const facts = Array.from({ length: 12 }, (_, i) => [`Talin${i}`, `Bomar${i}`] as const);
  const passages = file(
    'p.jsonl',
    facts.map(([name, answer]) => ({ text: `The capital of ${name} is ${answer}.` })),
  );
  const questions = facts.map(([name, answer], i) => ({
    question: `What is the capital of ${name}?`,
    golden_answers: [answer],
    data_source: i < 8 ? 'east' : 'west',
  }));
  const rows: Readonly<Record<string, number>>[] = [];
  class Scripted extends ToyEngine {
    override async getTokenizer() {
      return tokenizer as never;
    }
    override async createSamplingClient(): ReturnType<Engine['createSamplingClient']> {
      return {
        async sample({ prompt, numSamples }) {
          const text = policy(tokenizer.decode(inputTokens(prompt)));
          const tokens = [...tokenizer.encode(text), END];
          const sequence = { tokens, logprobs: tokens.map(() => -1), stopReason: 'stop' as const };
          return { sequences: Array.from({ length: numSamples }, () => sequence) };
        },
        computeLogprobs: async () => [],
      };
    }
  }
  const around = definePlugin({
    name: 'around',
    version: '1.0.0',
    setup({ provide }) {
      provide(Engines, 'scripted', { create: () => new Scripted(folder.path) });
      provide(Models, 'scripted', { create: () => ({ renderers: ['qwen3_instruct'] }) });
      provide(MetricSinks, { create: () => ({ write: async ({ metrics }) => void rows.push(metrics) }) });
      provide(SearchBackends, 'broken', {
        create: () => ({
          specification: 'v1' as const,
          search: () => Promise.reject(new Error('the index is gone')),
        }),
      });
    },
  });
  const logPath = join(folder.path, 'run');
  const outcome = await runConfig(
    {
      logPath,
      seed: 0,
      plugins: [
        around(),
        renderers(),
        datasets(),
        sqlite({ passages, index: join(folder.path, 'i') }),
        toolUse(),
      ],
      recipe: {
        use,
        with: {
          engine: 'scripted',
          modelName: 'scripted',
          search: broken ? 'broken' : 'sqlite',
          searchLimits: { attempts: 2, retrySeconds: 0.001 },
          dataset: file('q.jsonl', questions),
          ...options,
        },
      },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  return { outcome, metrics: rows[0], log: readFileSync(join(logPath, 'logs.log'), 'utf8') };
}

test('search_eval measures source by source, with the same number of each', async () => {
  const { metrics, log, outcome } = await run('search_eval', { maxEvalSamples: 3 }, { policy: searches });
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(metrics).toMatchObject({
    'test/env/east/correct': 1,
    'test/env/west/correct': 1,
    'test/env/all/total_episodes': 6,
    'test/env/all/turns_per_episode': 2,
    'test/env/all/search_queries': 1,
    'test/env/all/total_documents': 1, // no other passage has the name
    'test/env/all/stop/completed': 1,
  });
  expect(log).toMatch(/east +exact match 1\.000 of 3/);
});

test('a model that guesses is wrong, and one without the form loses a tenth', async () => {
  const guess = await run('search_eval', {}, { policy: () => 'Answer: Rome' });
  expect(guess.metrics).toMatchObject({ 'test/env/all/correct': 0, 'test/env/all/reward/total': 0 });
  const formless = await run('search_eval', {}, { policy: () => 'Rome' });
  expect(formless.metrics).toMatchObject({ 'test/env/all/format': 0 });
  expect(formless.metrics!['test/env/all/reward/total']).toBeCloseTo(-0.1);
});

test('a search that fails is told to the model and counted, and the run goes on', async () => {
  const told: string[] = [];
  const policy: Policy = prompt => {
    const [, error] = /Error: (.*)/.exec(prompt) ?? [];
    if (error) told.push(error);
    return error ? 'Answer: unknown' : call(place(prompt));
  };
  const { metrics, outcome } = await run('search_eval', { maxEvalSamples: 1 }, { policy, broken: true });
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(metrics).toMatchObject({ 'test/env/all/search_failed': 1, 'test/env/all/correct': 0 });
  expect(told[0]).toBe('the search did not answer in 2 attempts: the index is gone');
});

test('a policy that never stops searching ends by the number of turns', async () => {
  const { metrics } = await run('search_eval', { maxTurns: 3 }, { policy: prompt => call(place(prompt)) });
  expect(metrics).toMatchObject({ 'test/env/all/turns_per_episode': 3, 'test/env/all/stop/max_turns': 1 });
});

test('fewer questions than a batch are an error with the numbers', async () => {
  const { outcome } = await run('search_tool', { batchSize: 100 }, { policy: searches });
  expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'QUESTIONS_TOO_FEW' } });
});

test('right answers stand where data sets of Search-R1 have them', () => {
  const question = 'q';
  const expected = { question, goldAnswers: ['a'], source: 'nq' };
  const common = { question, data_source: 'nq' };
  expect(questionOf({ ...common, golden_answers: ['a'] })).toEqual(expected);
  expect(
    questionOf({ ...common, reward_model: { ground_truth: { target: ['a'] } }, golden_answers: ['b'] }),
  ).toEqual(expected);
  expect(questionOf({ ...common, reward_model: { ground_truth: ['a'] } })).toEqual(expected);
  expect(() => questionOf({ question, golden_answers: 'a' })).toThrow(
    expect.objectContaining({ code: 'QUESTION_INVALID' }),
  );
  expect(() => questionOf({ golden_answers: ['a'] })).toThrow(
    expect.objectContaining({ code: 'QUESTION_INVALID' }),
  );
});

test('has the defaults of the Cookbook', () => {
  expect(searchToolOptions.parse({ engine: 'tinker', modelName: 'Qwen/Qwen3.5-4B' })).toMatchObject({
    loraRank: 32,
    learningRate: 4e-5,
    batchSize: 512,
    groupSize: 8,
    maxTokens: 1024,
    maxTurns: 5,
    formatCoef: 0.1,
    maxTrajectoryTokens: 32_768,
    nResults: 3,
    evalEvery: 0,
    streamMinibatch: false,
    numMinibatches: 4,
    searchLimits: { concurrency: 128, attempts: 10, attemptSeconds: 10, retrySeconds: 1 },
  });
});
