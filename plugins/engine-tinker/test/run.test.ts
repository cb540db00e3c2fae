/**
 * Whole runs over the protocol, with a real transformer behind the server on loopback: recipes as they are, a budget that ends a
 * run, and going on. The embedded engine without a server is what they are held to.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfiguredPlugin, definePlugin, float32, int64, modelInput, Models } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import local from '@tinsmith/engine-local';
import { LocalEngine } from '@tinsmith/engine-local/engine';
import jsonl, { parseRow } from '@tinsmith/logger-jsonl';
import rlLoop from '@tinsmith/recipe-rl-loop';
import slLoop from '@tinsmith/recipe-sl-loop';
import renderers from '@tinsmith/renderers-chat';
import { runConfig } from 'tinsmith';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStub, type Stub } from '../../../tools/peers/stub/stub.mjs';
import { temporaryFolder } from '@tinsmith/testkit';
import { makeTinyModel } from '../../recipe-math-rl/test/tiny-model.js';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import tinker from '../src/index.js';
import { TinkerEngine } from '../src/tinker-engine.js';

const KEY = 'tml-secret-of-the-user';
const modelName = 'tiny';
let model: string;
let rows: string;
let server: Stub;
let engine: LocalEngine;
beforeAll(async () => {
  process.env['TINKER_API_KEY'] = KEY;
  model = await makeTinyModel(temporaryFolder());
  rows = temporaryFolder();
  engine = new LocalEngine({
    threads: 1,
    checkpoints: join(temporaryFolder(), 'checkpoints'),
    models: { names: () => [modelName], get: async () => ({ folder: model, renderers: [] }) },
  });
  server = await startStub({ model: modelName, engine });
}, 60_000);
afterAll(async () => {
  await server.close();
  await engine.close();
  delete process.env['TINKER_API_KEY'];
});

const remote = (limits: { maxTokens?: number } = {}) => ({
  name: 'tinker',
  plugins: [tinker({ baseUrl: server.url, tokenizers: { [modelName]: model }, ...limits })],
});
const embedded = () => ({ name: 'local', plugins: [local({ threads: 1 }), tiny()] });
const tiny = definePlugin({
  name: 'tiny',
  version: '1.0.0',
  setup: ({ provide }) =>
    provide(Models, modelName, { create: () => ({ folder: model, renderers: ['qwen3_instruct'] }) }),
});

async function run(
  logPath: string,
  on: { readonly name: string; readonly plugins: readonly ConfiguredPlugin[] },
  use: 'rl_loop' | 'sl_loop',
) {
  const fives = Array.from({ length: 24 }, () => ({ question: 'say a 5', answer: '#### 5' }));
  const chats = fives.map(() => ({
    messages: [
      { role: 'user', content: 'say a 5' },
      { role: 'assistant', content: '5' },
    ],
  }));
  const of = {
    rl_loop: { datasetConfig: null, fewShot: false, boxed: false, groupSize: 8, maxTokens: 3, maxSteps: 3 },
    sl_loop: {},
  };
  const dataset = jsonLines(join(rows, use), use === 'rl_loop' ? fives : chats);
  const common = { modelName, rendererName: 'qwen3_instruct', dataset, loraRank: 4, batchSize: 4 };
  return runConfig(
    {
      logPath,
      ifExists: 'resume',
      seed: 0,
      plugins: [...on.plugins, datasets(), renderers(), rlLoop(), slLoop(), jsonl()],
      recipe: { use, with: { engine: on.name, ...common, learningRate: 2e-2, saveEvery: 2, ...of[use] } },
    },
    { output: { out: () => {}, error: () => {} } },
  );
}

const metricsOf = (folder: string) =>
  readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line =>
      Object.fromEntries(Object.entries(parseRow(line)).filter(([name]) => !/^time\/|grad_norm/.test(name))),
    );

/** Log-probabilities travel as float32. */
function expectAlike(actual: string, expected: string, steps: number): void {
  const [far, near] = [metricsOf(actual), metricsOf(expected)];
  expect(far).toHaveLength(steps);
  for (const [step, row] of far.entries()) {
    expect(Object.keys(row).toSorted()).toEqual(Object.keys(near[step]!).toSorted());
    for (const [name, value] of Object.entries(row))
      expect(value).toBeCloseTo(near[step]![name] as number, 4);
  }
}

test('rl_loop gives the same numbers over the protocol as on the engine behind it', async () => {
  const [near, far] = [newFolder(), newFolder()];
  expect((await run(near, embedded(), 'rl_loop')).error).toBeUndefined();
  expect((await run(far, remote(), 'rl_loop')).error).toBeUndefined();
  expectAlike(far, near, 3);
});

test('a budget ends a run before it is used up, with a checkpoint; with a larger one it goes on to the same end', async () => {
  const [whole, limited] = [newFolder(), newFolder()];
  await run(whole, embedded(), 'sl_loop');
  const budget = { maxTokens: Math.floor(TOKENS * 4.5) };
  expect(await run(limited, remote(budget), 'sl_loop')).toMatchObject({
    outcome: 'stopped',
    reason: expect.stringContaining('maxTokens') as string,
  });
  expect(usageOf(limited)).toBe(TOKENS * 4);
  const saved = readFileSync(join(limited, 'checkpoints.jsonl'), 'utf8').trim().split('\n');
  expect(JSON.parse(saved.at(-1)!)).toMatchObject({ batch: 4 });

  expect(await run(limited, remote(budget), 'sl_loop')).toMatchObject({
    outcome: 'failed',
    error: { code: 'BUDGET_SPENT' },
  });
  const larger = { maxTokens: TOKENS * 6 };
  expect(await run(limited, remote(larger), 'sl_loop')).toMatchObject({ outcome: 'completed' });
  expectAlike(limited, whole, 6);
  expect(usageOf(limited)).toBe(TOKENS * 6);
  for (const file of ['config.json', 'logs.log', 'metrics.jsonl', 'checkpoints.jsonl', 'tinker-usage.json'])
    expect(readFileSync(join(limited, file), 'utf8')).not.toContain(KEY);
});

test.each(['0.25.0', '0.38.0'] as const)(
  'what is downloaded is an adapter that scores as the checkpoint does (dialect %s)',
  async dialect => {
    const away = new TinkerEngine({ apiKey: KEY, baseUrl: server.url, dialect, notice: () => {} });
    const training = await away.createLoraTrainingClient({ baseModel: modelName, rank: 4, seed: 1 });
    const tokens = [5, 6, 7, 8, 9];
    const datum = {
      modelInput: modelInput(tokens.slice(0, -1)),
      lossFnInputs: { target_tokens: int64(tokens.slice(1)), weights: float32([1, 1, 1, 1]) },
    };
    await training.forwardBackward([datum], 'cross_entropy');
    await training.optimStep({ learningRate: 0.1 });
    const { path } = await training.saveState(`downloaded-${dialect}`);
    const folder = join(newFolder(), 'adapter');
    await away.checkpoints.download(path, folder);
    const { lossFnOutputs } = await training.forward([datum], 'cross_entropy');
    await away.close();

    rmSync(join(folder, 'checkpoint.json')); // the record of the engine behind: others have none
    const here = await engine.createSamplingClient({ modelPath: folder, baseModel: modelName });
    const scored = await here.computeLogprobs(modelInput(tokens));
    const expected = Array.from(lossFnOutputs[0]!['logprobs']!.data);
    expected.forEach((logprob, i) => expect(scored[i + 1]).toBeCloseTo(logprob, 4));
  },
);

/** Of a step of sl_loop: four conversations of 27 tokens each. */
const TOKENS = 108;

function usageOf(folder: string): number {
  const { models } = JSON.parse(readFileSync(join(folder, 'tinker-usage.json'), 'utf8')) as {
    models: Record<string, { prefill: number; sample: number; train: number }>;
  };
  const { prefill, sample, train } = models[modelName]!;
  return prefill + sample + train;
}
