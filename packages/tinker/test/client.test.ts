/** The clients against the stub server: what a user of the package can rely on. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startStub, type Stub } from '../../../tools/peers/stub/stub.mjs';
import {
  float32,
  int64,
  modelInput,
  RestClient,
  ServiceClient,
  TinkerError,
  type ClientOptions,
  type Datum,
  type QueueEvent,
} from '../src/index.js';
import { scaleTime } from './support/scaled-time.js';

let stub: Stub;
const clients: ServiceClient[] = [];

beforeEach(async () => {
  stub = await startStub();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.close()));
  await stub.close();
});

const KEY = 'tml-secret-of-the-user';

function connect(options: ClientOptions = {}): ServiceClient {
  const client = new ServiceClient({
    apiKey: KEY,
    baseUrl: stub.url,
    logger: false,
    dialect: '0.38.0',
    ...options,
  });
  clients.push(client);
  return client;
}

const datum = (tokens: readonly number[]): Datum => ({
  modelInput: modelInput(tokens.slice(0, -1)),
  lossFnInputs: { target_tokens: int64(tokens.slice(1)), weights: float32(tokens.slice(1).map(() => 1)) },
});
const DATA = [datum([1, 2, 3]), datum([7, 5, 5, 9])];

const train = (client: ServiceClient) =>
  client.createLoraTrainingClient({ baseModel: 'stub/model', rank: 8 });

describe('training', () => {
  test('calls made without waiting are done in the order in which they were made', async () => {
    stub.options.delay = 5;
    const training = await train(connect());
    const futures = [0, 1, 2].flatMap(() => [
      training.forwardBackward(DATA, 'cross_entropy'),
      training.optimStep(),
    ]);
    const results = await Promise.all(futures.map(future => future.result()));
    expect(stub.ledger.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    const losses = [0, 2, 4].map(index => results[index]!.metrics['loss:sum']!);
    expect(losses[1]).toBeCloseTo(losses[0]! / 2, 10);
    expect(losses[2]).toBeCloseTo(losses[0]! / 3, 6);
  });

  test('a handle is no promise, and says when the call is accepted', async () => {
    const training = await train(connect());
    const future = training.forward(DATA, 'cross_entropy');
    expect(future).not.toHaveProperty('then');
    expect(await future.submitted).toHaveLength(1);
    expect((await future.result()).lossFnOutputs).toHaveLength(2);
    expect(await future.result()).toBe(await future.result());
  });

  test('the first chunk of a large batch is sent last, and the results are put together in order', async () => {
    stub.options.config = { fwdbwd_max_chunk_len: 2 };
    const bodies: number[] = [];
    const client = connect({
      fetch: async (input, init) => {
        if (input.endsWith('/forward_backward')) bodies.push((init.body as Uint8Array)[20]!);
        return fetch(input, init);
      },
    });
    const training = await train(client);
    const data = [1, 2, 3, 4, 5].map(token => datum([token, token, token]));
    const output = await training.forwardBackward(data, 'cross_entropy').result();
    expect(bodies.at(-1)).toBe(1);
    expect(bodies.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    const whole = connect();
    stub.options.config = {};
    const together = await (await train(whole)).forwardBackward(data, 'cross_entropy').result();
    expect(output.lossFnOutputs).toEqual(together.lossFnOutputs);
    expect(output.metrics['loss:sum']).toBeCloseTo(together.metrics['loss:sum']!, 10);
  });

  test('a loss of the caller is trained through its gradients', async () => {
    const training = await train(connect());
    const pass = training.forwardBackwardCustom(DATA, (_data, logprobs) => ({
      loss: 42,
      gradients: logprobs.map(each => each.map((_, index) => index)),
      metrics: { 'mine:sum': 7 },
    }));
    const step = training.optimStep();
    const { metrics } = await pass.result();
    await step.result();
    // The stub's loss is -sum(logprob * weight), and the weights are minus the gradients.
    const logprobs = (await (await train(connect())).forward(DATA, 'cross_entropy').result()).lossFnOutputs;
    const expected = logprobs.flatMap(each =>
      Array.from(each['logprobs']!.data, (value, index) => value * index),
    );
    expect(metrics).toMatchObject({ 'loss:sum': 42, 'mine:sum': 7 });
    expect(metrics['surrogate_loss:sum']).toBeCloseTo(
      expected.reduce((sum, value) => sum + value, 0),
      6,
    );
    expect(stub.ledger.slice(0, 3).map(({ kind }) => kind)).toEqual([
      'forward',
      'forward_backward',
      'optim_step',
    ]);
  });

  test('a loss that throws trains nothing, and the client goes on', async () => {
    const training = await train(connect());
    const pass = training.forwardBackwardCustom(DATA, () => {
      throw new Error('no such luck');
    });
    const step = training.optimStep();
    const failure = {
      code: 'bad_input',
      cause: expect.objectContaining({ message: 'no such luck' }) as Error,
    };
    await expect(pass.result()).rejects.toMatchObject(failure);
    await step.result();
    await training.forwardBackward(DATA, 'cross_entropy').result();
    expect(stub.ledger.map(({ kind }) => kind)).toEqual([
      'forward',
      'forward', // has the number of the backward pass
      'optim_step',
      'forward_backward',
    ]);
  });

  test('state is saved and gone on from, with and without the optimiser, in both dialects', async () => {
    for (const dialect of ['0.38.0', '0.25.0'] as const) {
      const client = connect({ dialect });
      const training = await train(client);
      await Promise.all(
        [training.forwardBackward(DATA, 'cross_entropy'), training.optimStep()].map(each => each.result()),
      );
      const { path } = await training.saveState(`s-${dialect}`).result();
      const loss = async (each: typeof training) =>
        (await each.forward(DATA, 'cross_entropy').result()).metrics;
      const resumed = await client.createTrainingClientFromStateWithOptimizer(path);
      const fresh = await client.createTrainingClientFromState(path);
      expect(await loss(resumed)).toEqual(await loss(training));
      expect(await loss(fresh)).toEqual(await loss(training));
      expect((await resumed.getInfo()).baseModel).toBe('stub/model');
    }
  });

  test('a sampler keeps the weights that it was made with', async () => {
    const training = await train(connect());
    const before = await training.saveWeightsAndGetSamplingClient();
    await training.optimStep().result();
    const after = await training.saveWeightsAndGetSamplingClient();
    const [old, now] = await Promise.all(
      [before, after].map(each => each.computeLogprobs(modelInput([1, 2, 3]))),
    );
    expect(old![0]).toBeNull();
    expect(now![1]).toBeCloseTo(old![1]! / 2, 6);
  });

  test('a taken name is refused at once, with the words of the server', async () => {
    const training = await train(connect());
    await training.saveState('a').result();
    await expect(training.saveState('a').result()).rejects.toMatchObject({
      code: 'request_failed',
      category: 'user',
    });
    await training.saveState('a', { overwrite: true }).result();
    stub.options.rules.push({
      path: 'save_weights',
      status: 409,
      respond: { detail: 'exists already' },
      times: 1,
    });
    const started = Date.now();
    await expect(training.saveState('b').result()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('exists already') as string,
    });
    expect(Date.now() - started).toBeLessThan(5000);
  });
});

describe('bad input is refused before it is sent', () => {
  test.each<[string, (training: Awaited<ReturnType<typeof train>>) => unknown, RegExp]>([
    ['no data', training => training.forward([], 'cross_entropy'), /no data/],
    [
      'an unknown loss',
      training => training.forward(DATA, 'cross_entropie'),
      /unknown loss "cross_entropie".*ppo/,
    ],
    [
      'an unknown option of a loss',
      training => training.forward(DATA, 'ppo', { beta: 1 }),
      /clip_low_threshold and clip_high/,
    ],
    ['missing inputs', training => training.forward(DATA, 'ppo'), /datum 0: logprobs is missing/],
    [
      'wrong lengths',
      training =>
        training.forward([{ ...DATA[0]!, lossFnInputs: { target_tokens: int64([1]) } }], 'cross_entropy'),
      /datum 0: target_tokens has 1 entries, the model input has 2/,
    ],
    [
      'a shape that does not fit',
      training =>
        training.forward(
          [{ ...DATA[0]!, lossFnInputs: { target_tokens: int64([1, 2, 3], [2, 2]) } }],
          'cross_entropy',
        ),
      /3 numbers do not fill the shape/,
    ],
    [
      'sampler weights as state',
      training => training.loadState('tinker://r/sampler_weights/x'),
      /holds weights for sampling/,
    ],
    [
      'state as sampler weights',
      training => training.createSamplingClient('tinker://r/weights/x'),
      /holds training state/,
    ],
    ['no path at all', training => training.loadState('x'), /not a checkpoint path/],
    ['a name that is a path', training => training.saveState('../x'), /not a checkpoint name/],
  ])('%s', async (_name, call, message) => {
    const training = await train(connect());
    const before = stub.stats.requests;
    expect(() => call(training)).toThrow(message);
    expect(stub.stats.requests).toBe(before);
    // Nothing was numbered: the next call is the first.
    await training.optimStep().result();
    expect(stub.ledger[0]?.seq).toBe(1);
  });

  test('no sensible sample request', async () => {
    const sampler = await connect().createSamplingClient({ baseModel: 'stub/model' });
    const prompt = modelInput([1, 2]);
    await expect(sampler.sample({ prompt: modelInput([]) })).rejects.toThrow(/empty/);
    await expect(sampler.sample({ prompt, numSamples: 0 })).rejects.toThrow(/numSamples/);
    await expect(sampler.sample({ prompt, promptLogprobsLastN: 1 })).rejects.toThrow(/includePromptLogprobs/);
    expect(stub.stats.by['asample']).toBeUndefined();
  });

  test('a key of another service, or none', async () => {
    vi.stubEnv('TINKER_API_KEY', '');
    await expect(new ServiceClient({ apiKey: 'sk-123', baseUrl: stub.url }).sessionId()).rejects.toThrow(
      /must start with "tml-"/,
    );
    await expect(new ServiceClient({ baseUrl: stub.url }).sessionId()).rejects.toThrow(/TINKER_API_KEY/);
    expect(stub.stats.requests).toBe(0);
    vi.unstubAllEnvs();
  });
});

describe('errors', () => {
  test('carry the words of the server, its status and the id of the request', async () => {
    const client = connect();
    await expect(client.createLoraTrainingClient({ baseModel: 'no/model' })).rejects.toMatchObject({
      code: 'bad_request',
      status: 400,
      message: expect.stringContaining('unknown base model no/model') as string,
    });
    stub.options.rules.push({
      path: 'optim_step',
      status: 403,
      respond: { detail: 'not yours' },
      headers: { 'x-request-id': 'r-17' },
    });
    const error: unknown = await (
      await train(client)
    )
      .optimStep()
      .result()
      .catch((caught: unknown) => caught);
    expect(TinkerError.is(error, 'permission')).toBe(true);
    expect(error).toMatchObject({ requestId: 'r-17', message: expect.stringContaining('r-17') as string });
  });

  test('are recognised over copies of the package', () => {
    const foreign = Object.assign(new Error('x'), {
      code: 'timeout',
      [Symbol.for('@tinsmith/tinker.error')]: true,
    });
    expect(TinkerError.is(foreign, 'timeout')).toBe(true);
    expect(TinkerError.is(new Error('x'))).toBe(false);
  });

  test('of a submission whose fate is unknown end the training client instead of leaving later calls waiting', async () => {
    const time = scaleTime(50);
    try {
      const training = await train(connect({ retryWindowMs: 3000, maxRetries: 1 }));
      stub.options.rules.push({ path: '^optim_step', drop: 'before' });
      const step = training.optimStep();
      const next = training.forward(DATA, 'cross_entropy');
      await expect(step.result()).rejects.toMatchObject({ code: 'connection' });
      await expect(next.result()).rejects.toMatchObject({ code: 'broken' });
    } finally {
      time.restore();
    }
  });

  test('of a sample that the server lost lead to a new one; of a training result to an error', async () => {
    const training = await train(connect());
    const sampler = await training.saveWeightsAndGetSamplingClient();
    stub.options.rules.push({ path: 'retrieve_future', status: 410, times: 1 });
    await sampler.sample({ prompt: modelInput([1]), samplingParams: { maxTokens: 1 } });
    expect(stub.stats.by['asample']).toBe(2);
    stub.options.rules = [{ path: 'retrieve_future', status: 410, times: 1 }];
    await expect(training.optimStep().result()).rejects.toMatchObject({ code: 'expired' });
  });
});

test('the key is in no error, no log, and no printed object', async () => {
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  const client = connect({ logger: { debug: log, info: log, warn: log, error: log } });
  const training = await train(client);
  stub.options.rules.push(
    { path: 'optim_step', status: 400, respond: { detail: 'bad' } },
    { path: 'asample', status: 500, times: 2 },
  );
  const error: unknown = await training
    .optimStep()
    .result()
    .catch((caught: unknown) => caught);
  const sampler = await client.createSamplingClient({ baseModel: 'stub/model' });
  await sampler.sample({ prompt: modelInput([1]) });
  const everything = [
    error,
    client,
    training,
    sampler,
    client.createRestClient(),
    JSON.stringify(sampler),
    ...lines,
  ];
  for (const each of everything) expect(inspect(each, { depth: 10, showHidden: true })).not.toContain(KEY);
});

describe('waiting', () => {
  test('a queue tells its state to the observer', async () => {
    const events: QueueEvent[] = [];
    const training = await train(connect({ onQueueState: event => events.push(event) }));
    stub.options.rules.push({
      path: 'retrieve_future',
      respond: {
        type: 'try_again',
        request_id: 'x',
        queue_state: 'paused_capacity',
        queue_state_reason: 'full house',
      },
      status: 408,
      times: 2,
    });
    await training.optimStep().result();
    expect(events.map(({ state }) => state)).toEqual(['paused_capacity', 'paused_capacity', 'active']);
    expect(events[0]).toMatchObject({ reason: 'full house', requestType: 'OptimStep' });
  });

  test('a request that was held up and then failed is not held up any more', async () => {
    const events: QueueEvent[] = [];
    const training = await train(connect({ onQueueState: event => events.push(event) }));
    const paused = { type: 'try_again', request_id: 'x', queue_state: 'paused_capacity' };
    stub.options.rules.push(
      { path: 'retrieve_future', respond: paused, status: 408, times: 1 },
      { path: 'retrieve_future', respond: { error: 'too bad', category: 'server' }, status: 200, times: 1 },
    );
    await expect(training.forwardBackward(DATA, 'cross_entropy').result()).rejects.toThrow('too bad');
    expect(events.map(({ state }) => state)).toEqual(['paused_capacity', 'active']);
  });

  test('a signal or a time limit ends the wait, not the request', async () => {
    stub.options.delay = 300;
    const training = await train(connect());
    const future = training.optimStep();
    await expect(future.result({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' });
    const abort = new AbortController();
    const waiting = future.result({ signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    expect((await future.result()).metrics['grad_norm']).toBe(1);
  });

  test('a server that does not hold polls is not asked in a busy loop', async () => {
    stub.options.longPoll = 0;
    stub.options.delay = 1000;
    const training = await train(connect());
    const before = stub.stats.polls;
    await training.optimStep().result();
    expect(stub.stats.polls - before).toBeLessThan(12);
  });

  test('close ends everything that waits, and always ends itself', async () => {
    const client = connect();
    const training = await train(client);
    const sampler = await client.createSamplingClient({ baseModel: 'stub/model' });
    stub.options.delay = 1e6;
    stub.options.rules.push({ path: 'sessions/.*/finish', delay: 1e6 });
    const time = scaleTime(20);
    const waiting = [training.optimStep().result(), sampler.sample({ prompt: modelInput([1]) })];
    const outcomes = Promise.allSettled(waiting);
    try {
      await client.close();
    } finally {
      time.restore();
    }
    expect((await outcomes).map(each => (each as PromiseRejectedResult).reason as unknown)).toEqual([
      expect.objectContaining({ code: 'closed' }),
      expect.objectContaining({ code: 'closed' }),
    ]);
    await expect(client.sessionId().then(() => training.optimStep().result())).rejects.toMatchObject({
      code: 'closed',
    });
  });

  test('a failure that nobody asks for does not end the process', async () => {
    const training = await train(connect());
    stub.options.rules.push({ path: 'optim_step', status: 400 });
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const future = training.optimStep();
    await future.submitted.catch(() => {});
    await new Promise(resolve => setTimeout(resolve, 20));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

describe('sampling', () => {
  test('2,000 samples at once are all answered, over a bounded number of connections', async () => {
    const sampler = await connect({ maxConnections: { sample: 20, poll: 40 } }).createSamplingClient({
      baseModel: 'stub/model',
    });
    let open = 0;
    let most = 0;
    const { connect: hook } = countConnections(stub, change => {
      open += change;
      most = Math.max(most, open);
    });
    stub.options.delay = 10;
    const request = { prompt: modelInput([1, 2, 3]), samplingParams: { maxTokens: 2, seed: 1 } };
    const responses = await Promise.all(Array.from({ length: 2000 }, () => sampler.sample(request)));
    hook();
    expect(responses.every(({ sequences }) => sequences[0]!.tokens.length === 2)).toBe(true);
    expect(stub.stats.by['asample']).toBe(2000);
    expect(most).toBeLessThanOrEqual(62);
  });

  test('a 429 pauses the whole client and sends the same sample again', async () => {
    const sampler = await connect().createSamplingClient({ baseModel: 'stub/model' });
    stub.options.rules.push({ path: 'asample', status: 429, times: 1 });
    const started = performance.now();
    await sampler.sample({ prompt: modelInput([1]) });
    expect(performance.now() - started).toBeGreaterThan(950);
    expect(stub.stats.futures).toBe(1);
  });

  test('a sampler goes to another process as JSON, and its copy counts apart', async () => {
    const client = connect();
    const sampler = await client.createSamplingClient({ baseModel: 'stub/model' });
    const copy = await client.samplingClientFromJSON(
      JSON.parse(JSON.stringify(sampler)) as ReturnType<typeof sampler.toJSON>,
    );
    const request = { prompt: modelInput([4]), samplingParams: { maxTokens: 2, seed: 2 } };
    expect((await copy.sample(request)).sequences[0]!.tokens).toEqual(
      (await sampler.sample(request)).sequences[0]!.tokens,
    );
    expect(stub.stats.futures).toBe(2);
  });

  test('seeds of 64 bits are sent as they are', async () => {
    const bodies: unknown[] = [];
    const client = connect({
      fetch: (input, init) => {
        bodies.push(init.body);
        return fetch(input, init);
      },
    });
    const sampler = await client.createSamplingClient({ baseModel: 'stub/model' });
    await sampler.sample({
      prompt: modelInput([1]),
      samplingParams: { maxTokens: 1, seed: 18446744073709551615n },
    });
    expect(
      bodies.some(body => typeof body === 'string' && body.includes('"seed":18446744073709551615,')),
    ).toBe(true);
  });
});

function countConnections(target: Stub, change: (by: number) => void): { connect: () => void } {
  // The stub is in this process: its server's sockets are seen through the diagnostics channel of net.
  const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');
  const port = new URL(target.url).port;
  const seen = (message: unknown) => {
    const { socket } = message as { socket: import('node:net').Socket };
    socket.once('connect', () => {
      if (String(socket.remotePort) !== port) return;
      change(1);
      socket.once('close', () => change(-1));
    });
  };
  subscribe('net.client.socket', seen);
  return { connect: () => unsubscribe('net.client.socket', seen) };
}

describe('the dialect', () => {
  test('is found out by asking, and shown with what it was read from', async () => {
    const client = connect({ dialect: 'auto' });
    expect(await client.dialect()).toEqual({
      version: '0.38.0',
      evidence: 'sessions/search answered 200',
      probed: true,
    });
    stub.options.rules.push({ path: 'sessions/search', status: 404 });
    expect(await connect({ dialect: 'auto' }).dialect()).toMatchObject({
      version: '0.25.0',
      evidence: 'sessions/search answered 404',
    });
    stub.options.config = { sample_use_retrieve_futures: false };
    expect(await connect({ dialect: 'auto' }).dialect()).toMatchObject({
      version: '0.38.0',
      evidence: 'client/config contains sample_use_retrieve_futures',
    });
  });

  test('0.25.0 leaves out what such a server does not know, and refuses what it cannot do', async () => {
    const client = connect({ dialect: '0.25.0' });
    const training = await train(client);
    expect(() => training.saveWeightsExternal('x')).toThrow(
      expect.objectContaining({ code: 'unsupported' }) as Error,
    );
    const sampler = await training.saveWeightsAndGetSamplingClient();
    await expect(sampler.sample({ prompt: modelInput([1]), topkSampleLogprobs: 2 })).rejects.toMatchObject({
      code: 'unsupported',
    });
    await client.close();
    expect(Object.keys(stub.stats.by).filter(path => path.endsWith('finish'))).toEqual([]);
  });

  test('a server that cannot say is asked again, and then the caller is told to choose', async () => {
    const time = scaleTime(100);
    try {
      stub.options.rules.push({ path: 'sessions/search', status: 503 });
      const client = connect({ dialect: 'auto', retryWindowMs: 1000, maxRetries: 1 });
      await expect(client.sessionId()).rejects.toThrow(/set it with `dialect`/);
    } finally {
      time.restore();
    }
  });
});

describe('sessions', () => {
  test('send heartbeats every ten seconds until the server says that it is over', async () => {
    const time = scaleTime(200);
    try {
      await connect().sessionId();
      await vi.waitFor(() => expect(stub.stats.by['session_heartbeat']).toBeGreaterThan(3));
      stub.options.rules.push({ path: 'session_heartbeat', status: 410 });
      await new Promise(resolve => setTimeout(resolve, 25_000));
      const after = stub.stats.by['session_heartbeat'];
      await new Promise(resolve => setTimeout(resolve, 40_000));
      expect(stub.stats.by['session_heartbeat']).toBe(after);
    } finally {
      time.restore();
    }
  });

  test('are opened by the first call that needs one, and never by listings', async () => {
    const client = connect();
    await client.getServerCapabilities();
    await client.createRestClient().listSessions();
    expect(stub.stats.by['create_session']).toBeUndefined();
    await Promise.all([client.sessionId(), client.sessionId()]);
    expect(stub.stats.by['create_session']).toBe(1);
    await client.close();
    await client.close();
    expect(Object.entries(stub.stats.by).find(([path]) => path.endsWith('/finish'))?.[1]).toBe(1);
  });

  test('report nothing unless asked to', async () => {
    await train(connect());
    expect(stub.stats.by['telemetry']).toBeUndefined();
    const client = connect({ telemetry: true });
    await train(client);
    await client.close();
    expect(stub.stats.by['telemetry']).toBe(1);
  });
});

describe('listings', () => {
  test('give a page when awaited, and everything when iterated', async () => {
    const client = connect();
    const training = await train(client);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await training.saveState(name).result();
    const rest = client.createRestClient();
    const page = await rest.listUserCheckpoints({ limit: 2 });
    expect(page.items).toHaveLength(2);
    expect(page.cursor?.totalCount).toBe(5);
    const names: string[] = [];
    for await (const checkpoint of rest.listUserCheckpoints({ limit: 2 }))
      names.push(checkpoint.checkpointId);
    expect(names).toEqual(['e', 'd', 'c', 'b', 'a'].map(name => `weights/${name}`));
    expect(await rest.listTrainingRuns({ limit: 1 }).all()).toHaveLength(1);
  });

  test('checkpoints are published, given an expiry, and deleted by their path', async () => {
    const client = connect();
    const { path } = await (await train(client)).saveState('x').result();
    const rest = client.createRestClient();
    await rest.publishCheckpointFromTinkerPath(path);
    await expect(rest.publishCheckpointFromTinkerPath(path)).rejects.toMatchObject({ code: 'conflict' });
    await rest.setCheckpointTtlFromTinkerPath(path, 3600);
    const run = (await rest.getTrainingRunByTinkerPath(path)).trainingRunId;
    expect((await rest.listCheckpoints(run))[0]).toMatchObject({
      public: true,
      expiresAt: '2026-01-01T01:00:00.000Z',
    });
    await expect(rest.setCheckpointTtlFromTinkerPath(path, 0)).rejects.toMatchObject({ code: 'bad_input' });
    await rest.deleteCheckpointFromTinkerPath(path);
    await expect(rest.deleteCheckpointFromTinkerPath(path)).rejects.toMatchObject({ code: 'not_found' });
  });
});

const token = (number: number) =>
  `eyJ.${Buffer.from(JSON.stringify({ sub: `user-${number}`, iat: 0, exp: 3600 })).toString('base64url')}.x${number}`;

/** A server with tokens, which declares the first one invalid after a while. */
const withTokens = async (use: (url: string, seen: string[]) => Promise<void>) => {
  const seen: string[] = [];
  let given = 0;
  const server = createServer((request, response) => {
    const key = String(request.headers['x-api-key']);
    seen.push(`${request.url?.slice('/api/v1/'.length)} ${key.startsWith('eyJ') ? key.slice(-2) : key}`);
    if (request.url?.endsWith('client/config')) return response.end('{"pjwt_auth_enabled":true}');
    if (request.url?.endsWith('auth/token')) return response.end(JSON.stringify({ jwt: token(++given) }));
    if (request.url?.endsWith('/healthz') || key.endsWith('x2')) return response.end('{"sessions":[]}');
    if (request.url?.includes('/sessions'))
      return response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end('{}');
    return response.end('{}');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen);
  } finally {
    server.close();
    server.closeAllConnections();
  }
};

describe('credentials', () => {
  test('are exchanged for a token, which is replaced once when the server no longer takes it', () =>
    withTokens(async (url, seen) => {
      await using rest = new RestClient({ apiKey: KEY, baseUrl: url, dialect: '0.38.0', logger: false });
      expect(await rest.listSessions()).toEqual([]);
      expect(seen).toEqual([
        `client/config ${KEY}`,
        `auth/token ${KEY}`,
        'client/dynamic_config x1',
        'sessions?limit=20&offset=0&access_scope=owned x1',
        `auth/token ${KEY}`,
        'sessions?limit=20&offset=0&access_scope=owned x2',
      ]);
      expect(await rest.whoami()).toEqual({ subject: 'user-2' });
    }));

  test('that are a token of the past are refused', async () => {
    const expired = `eyJ.${Buffer.from('{"exp":1}').toString('base64url')}.x`;
    await expect(connect({ apiKey: expired }).sessionId()).rejects.toThrow(/expired at 1970/);
  });
});

test('any fetch can carry the requests', async () => {
  const paths: string[] = [];
  const client = connect({
    fetch: (input, init) => {
      paths.push(new URL(input).pathname);
      return fetch(input, init);
    },
  });
  await (await train(client)).optimStep().result();
  expect(paths).toContain('/api/v1/optim_step');
});

test('the path of the base URL stays in front of the API path', async () => {
  const paths: string[] = [];
  const client = connect({
    baseUrl: 'http://proxy.test/some/where/',
    fetch: input => {
      paths.push(input);
      return Promise.resolve(
        new Response('{"session_id":"s"}', { headers: { 'content-type': 'application/json' } }),
      );
    },
  });
  await client.sessionId();
  expect(paths[0]).toBe('http://proxy.test/some/where/api/v1/client/config');
});
