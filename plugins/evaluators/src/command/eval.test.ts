/** `tinsmith eval` on the toy engine, with a folder of results that outlives an interruption. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfiguredPlugin, Commands, definePlugin, Engines, Evaluators, Models } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit, TestDirectory, ToyEngine, toyEngine } from '@tinsmith/testkit';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { chats, gsm8kRows, ifevalRows, jsonLines } from '../../test/data.js';
import evaluators from '../index.js';

const folder = new TestDirectory();
let data: string;
beforeAll(() => {
  data = jsonLines(folder.path, 'chats', chats);
  return () => folder.remove();
});

const toyModel = definePlugin({
  name: 'toy-model',
  version: '1.0.0',
  setup: ({ provide }) => provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct'] }) }),
});

interface Call {
  readonly plugins?: readonly ConfiguredPlugin[];
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

async function call(given: readonly string[], { plugins = [toyEngine()], cwd, signal }: Call = {}) {
  await using kit = await createTestKit({
    plugins: [toyModel(), datasets(), renderers(), evaluators(), ...plugins],
  });
  const command = await kit.get(Commands, 'eval');
  const printed: string[] = [];
  const warned: string[] = [];
  const code = await command.run({
    arguments: given,
    cwd: cwd ?? kit.directory.path,
    print: line => void printed.push(line),
    warn: line => void warned.push(line),
    signal: signal ?? new AbortController().signal,
  });
  return { code, printed, warned };
}

const from = (name: string) => `dataset=${join(folder.path, `${name}.jsonl`)}`;

const newFolder = () => {
  const directory = new TestDirectory();
  onTestFinished(() => directory.remove());
  return directory.path;
};
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const readResult = (...path: string[]) => JSON.parse(read(...path, 'result.json')) as Record<string, unknown>;
const examplesOf = (...path: string[]) =>
  read(...path, 'trajectories.jsonl')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown> & { readonly metrics: Record<string, number> });

test('writes every example, what they say together, and a summary of all evaluators', async () => {
  const out = newFolder();
  const given = ['sample-and-grade', 'nll', `dataset=${data}`, 'sample-and-grade.maxTokens=4'];
  const { code, printed } = await call([...given, '--model', 'toy', '--out', out]);
  expect(code).toBe(0);
  expect(readResult(out, 'conversations')).toMatchObject({
    name: 'conversations',
    score: 0,
    num_examples: 3,
    num_samples: 3,
    num_correct: 0,
    num_errors: 0,
    pass_at_k: {},
  });
  const examples = examplesOf(out, 'conversations');
  expect(examples.map(({ idx, benchmark, sample }) => ({ idx, benchmark, sample }))).toEqual(
    [0, 1, 2].map(idx => ({ idx, benchmark: 'conversations', sample: 0 })),
  );
  expect(examples[0]).toMatchObject({
    example_id: expect.stringMatching(/^conversations_[0-9a-f]{12}$/) as string,
    turns: [
      { role: 'user', content: '<|im_start|>user\n1+1=<|im_end|>\n<|im_start|>assistant\n', metadata: {} },
      { role: 'assistant', token_count: 4, metadata: {} },
    ],
    reward: 0,
    error: null,
  });
  const cut = examples.filter(({ metrics }) => metrics['max_tokens_reached'] === 1).length;
  expect(readResult(out, 'conversations')).toMatchObject({ num_truncated: cut });
  expect(readResult(out, 'nll')).toMatchObject({ name: 'nll', score: null, num_examples: 3 });
  expect(Object.keys(JSON.parse(read(out, 'summary.json')) as object)).toEqual(['conversations', 'nll']);
  expect(printed.join('\n')).toMatch(/conversations {2}score 0 ± 0 {2}0 of 3 right/);
});

test('goes on where it was interrupted: half a line and failures are done again, the rest is not', async () => {
  const out = newFolder();
  const given = ['sample-and-grade', `dataset=${data}`, 'numSamples=2', '--model', 'toy', '--out', out];
  await call([...given, '--seed', '5']);
  const whole = examplesOf(out, 'conversations');
  const result = readResult(out, 'conversations');
  expect(Object.keys(result['pass_at_k'] as object)).toEqual(['1', '2']);

  const file = join(out, 'conversations', 'trajectories.jsonl');
  const lines = read(file).trimEnd().split('\n');
  const failed = JSON.stringify({ ...whole[1], error: 'timeout (300s)', turns: [] });
  writeFileSync(file, [lines[0], failed, lines[2]!.slice(0, 50)].join('\n'));
  const { warned } = await call([...given, '--seed', '5']);
  expect(warned).toContain('conversations: 1 answers are there already');
  const withoutTimes = (rows: typeof whole) => rows.map(row => ({ ...row, time_seconds: 0 }));
  expect(withoutTimes(examplesOf(out, 'conversations'))).toEqual(withoutTimes(whole));
  expect(examplesOf(out, 'conversations')[0]).toEqual(whole[0]); // its time, too: it was not done again

  // More of the same data can be added; other settings cannot.
  await call([...given.slice(0, -2), '--out', out, '--seed', '5', 'maxExamples=2']);
  expect(readResult(out, 'conversations')).toMatchObject({ num_examples: 2 });
  await expect(call([...given, '--seed', '6'])).rejects.toMatchObject({
    code: 'EVALUATION_SETTINGS_DIFFER',
    found: 'seed: 5, now 6',
  });
});

test('a checkpoint of a run is evaluated with the model, the engine and the chat format of the run', async () => {
  const run = join(newFolder(), 'my-run');
  mkdirSync(run);
  const engine = new ToyEngine(run);
  const training = await engine.createLoraTrainingClient();
  const { path } = await training.saveWeightsForSampler('000002');
  const recipe = { use: 'any', with: { engine: 'toy', modelName: 'toy', rendererName: 'qwen3_instruct' } };
  writeFileSync(join(run, 'config.json'), JSON.stringify({ recipe }));
  writeFileSync(
    join(run, 'checkpoints.jsonl'),
    `${JSON.stringify({ name: '000001', batch: 1, state_path: 'x' })}\n${JSON.stringify({ name: '000002', batch: 2, sampler_path: path })}\n{"na`,
  );
  // As the runner does it: engines get the folder of --run.
  const engineOfRun = definePlugin({
    name: 'engine-of-run',
    version: '1.0.0',
    setup: ({ provide }) => provide(Engines, 'toy', { create: () => new ToyEngine(run) }),
  });
  const cwd = newFolder();
  await call(['sample-and-grade', `dataset=${data}`, 'max_tokens=3', '--run', run], {
    plugins: [engineOfRun()],
    cwd,
  });
  const out = join(cwd, 'evaluations', 'my-run-000002', 'conversations');
  expect(JSON.parse(read(out, 'settings.json'))).toMatchObject({ model: 'toy', checkpoint: path });
  expect(readResult(out)).toMatchObject({ num_examples: 3 });

  const missing = call(['nll', `dataset=${data}`, '--run', run, '--at', '000001'], {
    plugins: [engineOfRun()],
  });
  await expect(missing).rejects.toMatchObject({
    code: 'CHECKPOINT_MISSING',
    found: '000002',
    fix: '--at 000002',
  });
});

test('an evaluator that throws leaves the others their turn, and the exit code says so', async () => {
  const broken = definePlugin({
    name: 'broken',
    version: '1.0.0',
    setup: ({ provide }) =>
      provide(Evaluators, 'broken', {
        create: () => ({
          specification: 'v1' as const,
          create: () => ({ name: 'broken', evaluate: () => Promise.reject(new Error('no luck')) }),
        }),
      }),
  });
  const out = newFolder();
  const { code, warned, printed } = await call(
    ['broken', 'nll', `nll.dataset=${data}`, '--model', 'toy', '--out', out, '--json'],
    { plugins: [toyEngine(), broken()] },
  );
  expect(code).toBe(1);
  expect(warned).toEqual(['broken failed: no luck']);
  expect(printed.map(line => (JSON.parse(line) as { name: string }).name)).toEqual(['nll']);
});

test('aborted, it ends with the reason and keeps what it has', async () => {
  const abort = new AbortController();
  abort.abort(new Error('interrupted'));
  const out = newFolder();
  const given = ['sample-and-grade', `dataset=${data}`, '--model', 'toy', '--out', out];
  await expect(call(given, { signal: abort.signal })).rejects.toThrow('interrupted');
  expect(existsSync(join(out, 'conversations', 'result.json'))).toBe(false);
});

test('an engine that fails for one example gives an error for it, shown apart', async () => {
  const failing = definePlugin({
    name: 'failing',
    version: '1.0.0',
    setup: ({ provide }) =>
      provide(Engines, 'toy', {
        async create() {
          const engine = new ToyEngine(newFolder());
          const policy = await engine.createSamplingClient({ baseModel: 'toy' });
          let calls = 0;
          return Object.assign(engine, {
            createSamplingClient: async () => ({
              sample: (request: Parameters<typeof policy.sample>[0]) =>
                ++calls === 2 ? Promise.reject(new Error('busy')) : policy.sample(request),
              computeLogprobs: policy.computeLogprobs.bind(policy),
            }),
          });
        },
      }),
  });
  const out = newFolder();
  const given = ['sample-and-grade', `dataset=${data}`, 'concurrency=1', 'temperature=0', 'maxTokens=3'];
  await call([...given, '--model', 'toy', '--out', out], { plugins: [failing()] });
  expect(readResult(out, 'conversations')).toMatchObject({ num_errors: 1, num_samples: 3 });
  expect(examplesOf(out, 'conversations')[1]).toMatchObject({ error: 'busy', turns: [], reward: 0 });
});

describe('is refused, and nothing is written:', () => {
  let file: (name: string, rows: readonly object[]) => string;
  beforeAll(() => {
    file = (name, rows) => jsonLines(folder.path, name, rows);
    file('gsm8k', [...gsm8kRows, { question: 'And this?', answer: 7 }]);
    file('ifeval', [...ifevalRows, { prompt: 'Rhyme', instruction_id_list: ['poem:rhyme'], kwargs: [{}] }]);
    file('open', [{ messages: [{ role: 'user', content: 'hi' }] }]);
  });
  test.each([
    ['no evaluator', () => ['--model', 'toy'], 'ARGUMENT_MISSING', undefined],
    ['no model', () => ['gsm8k'], 'ARGUMENT_MISSING', undefined],
    ['an evaluator that is none', () => ['gsm8', '--model', 'toy'], 'PROVIDER_MISSING', undefined],
    ['an evaluator twice', () => ['nll', 'nll', '--model', 'toy'], 'ARGUMENT_INVALID', undefined],
    ['a model beside a run', () => ['nll', '--model', 'toy', '--run', 'x'], 'ARGUMENT_INVALID', undefined],
    [
      'a folder that is no run',
      () => ['nll', from('chats'), '--run', 'x'],
      'RUN_UNREADABLE',
      /config\.json$/,
    ],
    [
      'an option that is none',
      () => ['gsm8k', 'maxExample=3', '--model', 'toy'],
      'OPTION_UNKNOWN',
      /maxExample/,
    ],
    [
      'an option of the wrong kind',
      () => ['gsm8k', 'maxExamples=no', '--model', 'toy'],
      'OPTION_INVALID',
      /maxExamples/,
    ],
    [
      'an option of an evaluator not named',
      () => ['nll', 'gsm8k.split=x', '--model', 'toy'],
      'ARGUMENT_INVALID',
      undefined,
    ],
    ['data that is missing', () => ['nll', '--model', 'toy'], 'OPTION_MISSING', /dataset/],
    [
      'a file that is not there',
      () => ['nll', 'dataset=./none.jsonl', '--model', 'toy'],
      'DATA_SOURCE_UNKNOWN',
      /none\.jsonl$/,
    ],
    [
      'an engine that is none',
      () => ['nll', from('chats'), '--model', 'toy', '--engine', 'tinkr'],
      'PROVIDER_MISSING',
      undefined,
    ],
    [
      'a renderer that does not fit',
      () => ['nll', from('chats'), '--model', 'toy', '--renderer', 'llama3'],
      'RENDERER_UNFIT',
      /^--renderer$/,
    ],
    [
      'a row with a field that is no text',
      () => ['gsm8k', from('gsm8k'), 'datasetConfig=null', 'split=null', '--model', 'toy'],
      'EVALUATION_DATA_INVALID',
      /gsm8k\.jsonl:4 answer$/,
    ],
    [
      'a row with an instruction that is none',
      () => ['ifeval', from('ifeval'), 'split=null', '--model', 'toy'],
      'EVALUATION_DATA_INVALID',
      /ifeval\.jsonl:3 kwargs\[0\]$/,
    ],
    [
      'a conversation without an answer',
      () => ['sample-and-grade', from('open'), '--model', 'toy'],
      'EVALUATION_DATA_INVALID',
      /open\.jsonl:1 messages\[0\]\.role$/,
    ],
    [
      'a seed that is none',
      () => ['nll', from('chats'), '--model', 'toy', '--seed', 'x'],
      'ARGUMENT_INVALID',
      undefined,
    ],
  ] as const)('%s', async (_, given, code, at) => {
    const cwd = newFolder();
    await expect(call(given(), { cwd })).rejects.toMatchObject({
      code,
      ...(at && { at: expect.stringMatching(at) as string }),
    });
    expect(readdirSync(cwd)).toEqual([]);
  });
});
