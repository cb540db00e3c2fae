/** The engine against the stub server: what goes beyond the suite that every engine passes. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Datum, Engines, float32, int64, modelInput, TinsmithError, WaitReported } from '@tinsmith/core';
import { definePlugin } from '@tinsmith/core';
import { createTestKit, temporaryFolder } from '@tinsmith/testkit';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { startStub, type Stub } from '../../../tools/peers/stub/stub.mjs';
import { Budget } from '../src/budget.js';
import tinker from '../src/index.js';
import { TinkerEngine, type TinkerEngineOptions } from '../src/tinker-engine.js';

const KEY = 'tml-secret-of-the-user';
const baseModel = 'stub/model';
let stub: Stub;
const engines: TinkerEngine[] = [];
beforeEach(async () => {
  stub = await startStub();
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map(engine => engine.close()));
  await stub.close();
});

function connect(options: TinkerEngineOptions = {}): TinkerEngine {
  const engine = new TinkerEngine({ apiKey: KEY, baseUrl: stub.url, notice: () => {}, ...options });
  engines.push(engine);
  return engine;
}

const datum = (tokens: readonly number[]): Datum => ({
  modelInput: modelInput(tokens.slice(0, -1)),
  lossFnInputs: { target_tokens: int64(tokens.slice(1)), weights: float32(tokens.slice(1).map(() => 1)) },
});
const DATA = [datum([1, 2, 3]), datum([7, 5, 5, 9])];

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing',
    (error: unknown) => (TinsmithError.is(error) ? error.code : String(error)),
  );

test('numbers arrive as the stub computes them, shapes included', async () => {
  const training = await connect().createLoraTrainingClient({ baseModel, rank: 4 });
  const { lossFnOutputs, metrics } = await training.forwardBackward(DATA, 'cross_entropy');
  expect(lossFnOutputs.map(({ logprobs }) => logprobs!.shape)).toEqual([[2], [3]]);
  const logprobs = lossFnOutputs.flatMap(output => Array.from(output['logprobs']!.data));
  expect(logprobs[0]).toBe(Math.fround(-(((1 * 31 + 2 * 17) % 97) + 1) / 32));
  expect(metrics['loss:sum']).toBeCloseTo(-logprobs.reduce((sum, x) => sum + x, 0), 6);
  expect(await training.getInfo()).toEqual({ baseModel, loraRank: 4 });
});

test('says whom it talks to, in which version of the protocol, and how it knows', async () => {
  const lines: string[] = [];
  const engine = connect({ notice: line => lines.push(line) });
  await engine.createSamplingClient({ baseModel });
  await engine.createSamplingClient({ baseModel });
  expect(lines).toEqual([
    `tinker: ${stub.url} speaks the protocol of SDK 0.38.0 (sessions/search answered 200)`,
  ]);
  expect(engine.answerSettings).toEqual({ service: `${new URL(stub.url).host}/` });
});

test('tokens are counted by kind', async () => {
  const budget = new Budget({ maxTokens: undefined, maxCost: undefined, priceOf: () => undefined });
  const training = await connect({ budget }).createLoraTrainingClient({ baseModel });
  await training.forwardBackward(DATA, 'cross_entropy');
  const policy = await training.saveWeightsAndGetSamplingClient();
  await policy.sample({
    prompt: modelInput([1, 2, 3]),
    numSamples: 2,
    samplingParams: { maxTokens: 4, stop: [] },
  });
  expect(budget.state.models).toEqual({ [baseModel]: { prefill: 3, sample: 8, train: 5 } });
});

test.each(['0.38.0', '0.25.0'] as const)(
  'checkpoints are listed, described, published, given an end and removed (dialect %s)',
  async dialect => {
    const engine = connect({ dialect });
    const training = await engine.createLoraTrainingClient({ baseModel, rank: 4 });
    const { path } = await training.saveState('one', { ttlSeconds: 60 });
    await training.saveWeightsForSampler('one');
    const { checkpoints } = engine;
    const listed = [];
    for await (const { path: each, kind } of checkpoints.list()) listed.push([kind, each]);
    expect(listed).toEqual([
      ['sampler', path.replace('/weights/', '/sampler_weights/')],
      ['state', path],
    ]);
    await checkpoints.setPublic!(path, true);
    await checkpoints.setPublic!(path, true);
    await checkpoints.setTtl(path, null);
    const info = { path, kind: 'state', baseModel, loraRank: 4, sizeBytes: 1000, isPublic: true };
    expect(await checkpoints.info(path)).toEqual({ ...info, createdAt: '2026-01-01T00:00:00Z' });
    await checkpoints.delete(path);
    await checkpoints.delete(path);
    expect(await codeOf(checkpoints.info(path))).toBe('CHECKPOINT_NOT_FOUND');
    expect(await codeOf(checkpoints.setTtl(path, 60))).toBe('CHECKPOINT_NOT_FOUND');
  },
);

test('on a server as SkyRL has it, checkpoints are found run by run, and what it lacks is said', async () => {
  const engine = connect({ dialect: '0.25.0' });
  const training = await engine.createLoraTrainingClient({ baseModel, rank: 4 });
  const run = '[^/]+';
  stub.options.rules.push(
    { path: '^checkpoints$', status: 404 },
    { path: `^training_runs/${run}/checkpoints/.*/(ttl|publish)$`, status: 404 },
    {
      path: '^retrieve_future$',
      skip: 1,
      times: 1,
      status: 200,
      respond: { type: 'save_weights_for_sampler', path: 'tinker://session-1:train:0/two-parts' },
    },
  );
  const { path } = await training.saveState('one');
  expect((await training.saveWeightsForSampler('two-parts')).path).toMatch(/\/sampler_weights\/two-parts$/);
  const listed = [];
  for await (const info of engine.checkpoints.list()) listed.push(info);
  expect(listed.map(info => [info.kind, info.baseModel, info.loraRank])).toEqual([
    ['sampler', baseModel, 4],
    ['state', baseModel, 4],
  ]);
  await expect(engine.checkpoints.setTtl(path, 60)).rejects.toMatchObject({
    code: 'TINKER_UNSUPPORTED',
    message: 'this service keeps no expiry',
  });
  expect(await codeOf(engine.checkpoints.setPublic!(path, true))).toBe('TINKER_UNSUPPORTED');
});

test('a state is downloaded: as an archive, or where there are none through an export that is removed again', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const dialect of ['0.25.0', '0.38.0'] as const) {
    const engine = connect({ dialect });
    const training = await engine.createLoraTrainingClient({ baseModel });
    const { path } = await training.saveState('down');
    const out = join(folder, dialect);
    if (dialect === '0.38.0') {
      stub.options.rules.push({ path: 'external_weights_urls', status: 500, times: 1 });
      const sampler = path.replace('/weights/', '/sampler_weights/');
      expect(await codeOf(engine.checkpoints.download(sampler, out))).toBe('TINKER_UNSUPPORTED');
    }
    const downloaded = await codeOf(engine.checkpoints.download(path, out));
    // The stub has no files to give for exports: that far it must come, and leave nothing.
    expect(downloaded).toBe(dialect === '0.25.0' ? 'nothing' : 'TINKER_FAILED');
    expect(existsSync(out)).toBe(dialect === '0.25.0');
    const kinds = [];
    for await (const { kind } of engine.checkpoints.list()) kinds.push(kind);
    expect(kinds).not.toContain('export');
  }
});

test.each([
  [
    'a loss that is none',
    (e: TinkerEngine) => train(e, data => data.forwardBackward(DATA, 'ppoo' as never)),
    'TINKER_INPUT',
  ],
  [
    'a model that is not there',
    (e: TinkerEngine) => e.createLoraTrainingClient({ baseModel: 'other' }),
    'TINKER_REFUSED',
  ],
  [
    'weights to sample from where state is needed',
    (e: TinkerEngine) => e.createTrainingClientFromState('tinker://a/sampler_weights/b'),
    'TINKER_INPUT',
  ],
  [
    'state where weights to sample from are needed',
    (e: TinkerEngine) => e.createSamplingClient({ modelPath: 'tinker://a/weights/b' }),
    'TINKER_INPUT',
  ],
  [
    'a checkpoint that is not there',
    (e: TinkerEngine) => e.createTrainingClientFromState('tinker://a/weights/b'),
    'TINKER_MISSING',
  ],
  [
    'a tokenizer that nobody has',
    (e: TinkerEngine) => e.getTokenizer('no-such-model'),
    'TOKENIZER_NOT_FOUND',
  ],
])('%s is refused with a code of its own', async (_, call, code) => {
  expect(await codeOf(call(connect()))).toBe(code);
});

async function train<T>(
  engine: TinkerEngine,
  call: (training: Awaited<ReturnType<TinkerEngine['createLoraTrainingClient']>>) => Promise<T>,
): Promise<T> {
  return call(await engine.createLoraTrainingClient({ baseModel }));
}

test('a key that the service refuses is named as such, and nowhere shown', async () => {
  stub.options.rules.push({ path: '', status: 401, respond: { detail: 'invalid key' } });
  const error: unknown = await connect()
    .createSamplingClient({ baseModel })
    .catch((e: unknown) => e);
  expect(error).toMatchObject({
    code: 'TINKER_KEY',
    fix: expect.stringContaining('TINKER_API_KEY') as string,
  });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(KEY);
});

test('a call that takes too long ends with what the service said, and the request goes on', async () => {
  const engine = connect({ deadlineSeconds: 0.4, onWait: () => {} });
  const training = await engine.createLoraTrainingClient({ baseModel });
  const paused = {
    type: 'try_again',
    request_id: 'x',
    queue_state: 'paused_capacity',
    queue_state_reason: 'full',
  };
  const rule = { path: 'retrieve_future', status: 408, respond: paused };
  stub.options.rules.push(rule);
  await expect(training.optimStep({})).rejects.toMatchObject({
    code: 'TINKER_DEADLINE',
    message: expect.stringContaining('the service said: full') as string,
  });
  stub.options.rules.splice(0);
  expect((await training.optimStep({})).metrics['grad_norm']).toBe(1 / 2);
});

test('when it cannot be known what the service has done, the error says where to go on from', async () => {
  const training = await connect().createLoraTrainingClient({ baseModel });
  const { path } = await training.saveState('last');
  // Something in between answers in place of the service: it may have taken the request or not.
  stub.options.rules.push({ path: 'optim_step', status: 200, raw: '<html>', type: 'text/html' });
  expect(await codeOf(training.optimStep({}))).toBe('TINKER_FAILED');
  stub.options.rules.splice(0);
  await expect(training.optimStep({})).rejects.toMatchObject({
    code: 'TINKER_BROKEN',
    fix: expect.stringContaining(path) as string,
  });
});

test('the plugin takes its key from the secrets and tells observers of queues', async () => {
  const heard: string[] = [];
  const listener = definePlugin({
    name: 'listener',
    version: '1.0.0',
    setup: ({ hook }) =>
      hook(WaitReported, ({ what, reason = 'goes on' }) => void heard.push(`${what}: ${reason}`)),
  });
  await using kit = await createTestKit({
    plugins: [tinker({ baseUrl: stub.url }), listener()],
    secrets: { TINKER_API_KEY: KEY },
  });
  const engine = await kit.get(Engines, 'tinker');
  const training = await engine.createLoraTrainingClient({ baseModel });
  const paused = {
    type: 'try_again',
    request_id: 'x',
    queue_state: 'paused_capacity',
    queue_state_reason: 'full',
  };
  stub.options.rules.push({ path: 'retrieve_future', status: 408, respond: paused, times: 1 });
  await training.optimStep({});
  const place = new URL(stub.url).host;
  expect(heard).toEqual([`OptimStep at ${place}: full`, `OptimStep at ${place}: goes on`]);
});

test('without a key nothing is sent, and the variable is named', async () => {
  await using kit = await createTestKit({ plugins: [tinker({ baseUrl: stub.url })] });
  await expect(kit.get(Engines, 'tinker')).rejects.toMatchObject({ code: 'SECRET_MISSING' });
  expect(stub.stats.requests).toBe(0);
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = tinker.definition;
  expect(manifest).toMatchObject({ name, version });
});
