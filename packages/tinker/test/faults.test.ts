/**
 * Random schedules of faults, each from a seed, against the stub server: whatever the network and the server do, nothing is submitted
 * twice, the order is kept, no promise is left hanging, and an error is of the kind that was caused. 60 schedules by default, 200 in the full tests;
 * TINSMITH_FAULT_SCHEDULES sets the number, TINSMITH_FAULT_SEED the first seed.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStub, type Fault } from '../../../tools/peers/stub/stub.mjs';
import { isFull } from '../../../tools/vitest/full.js';
import { float32, int64, modelInput, ServiceClient, TinkerError, type Datum } from '../src/index.js';
import { scaleTime, seeded, type ScaledTime } from './support/scaled-time.js';

const SCHEDULES = Number(process.env['TINSMITH_FAULT_SCHEDULES'] ?? (isFull ? 200 : 60));
const FIRST_SEED = Number(process.env['TINSMITH_FAULT_SEED'] ?? 1);
const AT_ONCE = 4;
/** Simulated seconds per real one: an attempt of a minute has a second, which a busy machine must be able to meet. */
const SCALE = 60;
const STEPS = 3;
const SAMPLES = 5;
/** Real milliseconds after which a schedule counts as hanging. */
const HANGING_MS = 90_000;

let time: ScaledTime;
const realTimeout = globalThis.setTimeout;
beforeAll(() => {
  time = scaleTime(SCALE);
});
afterAll(() => time.restore());

type Random = () => number;
const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)]!;

/** Faults that a client must get over. */
function passing(random: Random, path: string): Fault {
  const status = pick(random, [408, 409, 429, 500, 502, 503]);
  // A 409 is final for saves and polls: a taken name, and another request of that id.
  const final = path.startsWith('save_') || path === 'retrieve_future';
  return pick<Fault>(random, [
    { drop: 'before' },
    { drop: 'after' },
    { delay: random() * 3000 },
    random() < 0.2 ? { delay: 70_000 } : { delay: random() * 500 }, // the first is longer than an attempt lasts
    { duplicate: true },
    { duplicate: true, drop: 'after' },
    { status: final && status === 409 ? 503 : status },
    { status: 503, headers: { 'retry-after': '0.2' } },
    { status: 429, headers: { 'retry-after-ms': '300' } },
    { status: 500, raw: 'Internal Server Error', type: 'text/plain' },
    { status: 400, chunked: true, respond: { detail: 'edge' } }, // trap 6: a proxy's, not the server's
  ]);
}

/** An answer to a poll that the client cannot use: cut off, something else, or a 400. */
const isGarbled = ({ truncate, status, type }: Fault): boolean =>
  truncate === true || status === 400 || type === 'text/html';

interface Report {
  readonly problems: string[];
  readonly injected: number;
}

async function runSchedule(seed: number): Promise<Report> {
  const random = seeded(seed);
  const problems: string[] = [];
  const bodies = new Map<string, string>();
  const rate = 0.05 + random() * 0.3;
  const fatalRate = random() < 0.4 ? 0.02 : 0;
  let injected = 0;
  const fatal = new Set<string>();

  /** Of one result the client asks for another copy three times: a fourth bad one in a row would not be passing. */
  const garbled = new Map<string | undefined, number>();
  const mayGarble = (id: string | undefined): boolean => {
    const count = garbled.get(id) ?? 0;
    garbled.set(id, count + 1);
    return count < 3;
  };

  const chooseFault = (_method: string, path: string, body: () => string): Fault | undefined => {
    rememberBody(path, body(), bodies, problems);
    if (random() < 0.05) time.jumpClock((random() - 0.5) * 1e9);
    if (path === 'retrieve_future' && random() < fatalRate) {
      fatal.add('evicted');
      injected++;
      return { status: pick(random, [404, 410]) };
    }
    if (random() >= rate) return undefined;
    injected++;
    if (path === 'retrieve_future') {
      const fault =
        random() < 0.2
          ? { truncate: true }
          : random() < 0.1
            ? { status: 200, raw: '<html>', type: 'text/html' }
            : passing(random, path);
      return isGarbled(fault) && !mayGarble(/"request_id":"(\d+)"/.exec(body())?.[1])
        ? { status: 503 }
        : fault;
    }
    if (path === 'session_heartbeat') return { status: pick(random, [410, 500, 404]) };
    // These are repeated by one layer only (section 5), which does not cover a proxy's 400.
    const single = ['create_session', 'create_model', 'create_sampling_session'].includes(path);
    const fault = passing(random, path);
    if (single && fault.chunked) return { status: 503 };
    if (fatalRate > 0 && random() < 0.05) {
      fatal.add('unreadable');
      return { status: 200, raw: '<html>', type: 'text/html' };
    }
    return fault;
  };

  const stub = await startStub({
    delay: random() < 0.5 ? 0 : random() * 500,
    longPoll: 2000,
    config: {
      fwdbwd_max_chunk_len: pick(random, [1, 2, 1024]),
      parallel_fwdbwd_chunks: random() < 0.7,
      sample_use_retrieve_futures: random() < 0.3,
    },
    chooseFault,
  });
  const service = new ServiceClient({
    apiKey: 'tml-faults',
    baseUrl: stub.url,
    logger: false,
    dialect: pick(random, ['auto', '0.38.0', '0.25.0'] as const),
    // The windows are real seconds here, and the machine may be busy.
    retryWindowMs: 3_000_000,
    pollErrorWindowMs: 9_000_000,
  });
  const outcomes: { readonly what: string; readonly error: unknown }[] = [];
  const settle = async <T>(what: string, promise: Promise<T>): Promise<T | undefined> => {
    try {
      return await promise;
    } catch (error) {
      outcomes.push({ what, error });
      return undefined;
    }
  };
  const work = async () => {
    const training = await settle(
      'create',
      service.createLoraTrainingClient({ baseModel: 'stub/model', rank: 4 }),
    );
    if (!training) return;
    const passes = Array.from({ length: STEPS }, (_, step) => {
      const attempt = <T>(call: () => T): T | undefined => {
        try {
          return call();
        } catch (error) {
          outcomes.push({ what: `step ${step}`, error });
          return undefined;
        }
      };
      const pass = attempt(() => training.forwardBackward(DATA, 'cross_entropy'));
      const update = attempt(() => training.optimStep({ learningRate: 0.1 }));
      return { pass, update, step };
    });
    const sampler = settle('sampler', (async () => training.saveWeightsAndGetSamplingClient())());
    const saved = settle('save', (async () => training.saveState('state').result())());
    await Promise.all(
      passes.map(async ({ pass, update, step }) => {
        const output = pass && (await settle(`pass ${step}`, pass.result()));
        if (output)
          compare(
            problems,
            `pass ${step}`,
            Array.from(output.lossFnOutputs[1]!['logprobs']!.data),
            expectedLogprobs(step),
          );
        const metrics = update && (await settle(`update ${step}`, update.result()));
        if (metrics) compare(problems, `update ${step}`, [metrics.metrics['grad_norm']!], [1 / (step + 1)]);
      }),
    );
    await saved;
    const client = await sampler;
    if (client)
      await Promise.all(
        Array.from({ length: SAMPLES }, async (_, index) => {
          const request = { prompt: modelInput([3, index]), samplingParams: { maxTokens: 3, seed: index } };
          const response = await settle(`sample ${index}`, client.sample(request));
          if (response && response.sequences[0]!.tokens.length !== 3)
            problems.push(`sample ${index} is not whole`);
        }),
      );
    checkLedger(problems, stub.ledger);
  };
  try {
    await within(work(), `seed ${seed} hangs`);
    await within(service.close(), `close() of seed ${seed} hangs`);
  } catch (error) {
    problems.push(String(error));
  } finally {
    await service.createRestClient().close();
    await stub.close();
  }
  const allowed = new Set([
    'bad_response',
    'broken',
    ...(fatal.has('evicted') ? ['not_found', 'expired'] : []),
  ]);
  for (const { what, error } of outcomes) {
    if (!TinkerError.is(error)) problems.push(`${what}: not a TinkerError: ${String(error)}`);
    else if (fatal.size === 0)
      problems.push(`${what} failed though every fault was passing: ${error.message}`);
    else if (!allowed.has(error.code))
      problems.push(`${what}: the wrong error, ${error.code}: ${error.message}`);
  }
  return { problems: problems.map(problem => `seed ${seed}: ${problem}`), injected };
}

const DATA: readonly Datum[] = [
  [1, 2, 3],
  [7, 5],
  [9, 9, 4, 1],
].map(tokens => ({
  modelInput: modelInput(tokens.slice(0, -1)),
  lossFnInputs: { target_tokens: int64(tokens.slice(1)), weights: float32(tokens.slice(1).map(() => 1)) },
}));

/** The stub's arithmetic for the second datum, after so many steps. */
const expectedLogprobs = (step: number): number[] => [
  Math.fround(-(((7 * 31 + 5 * 17) % 97) + 1) / 32 / (1 + step)),
];

function compare(
  problems: string[],
  what: string,
  ours: readonly number[],
  expected: readonly number[],
): void {
  if (
    ours.length !== expected.length ||
    ours.some((value, index) => Math.abs(value - expected[index]!) > 1e-12)
  )
    problems.push(`${what}: got ${ours.join()}, expected ${expected.join()}`);
}

/** Every number once and in order: nothing was done twice, left out or overtaken. */
function checkLedger(
  problems: string[],
  ledger: readonly { readonly seq: number; readonly kind: string }[],
): void {
  ledger.forEach(({ seq }, index) => {
    if (seq !== index + 1)
      problems.push(`request ${index + 1} in the order of the server has the number ${seq}`);
  });
  const kinds = ledger
    .map(({ kind }) => kind)
    .filter((kind, index, all) => kind !== 'forward_backward' || all[index - 1] !== kind);
  const program = [
    ...Array.from({ length: STEPS }, () => ['forward_backward', 'optim_step']).flat(),
    'save_weights_for_sampler',
    'save_weights',
  ];
  if (kinds.some((kind, index) => kind !== program[index]))
    problems.push(`the order became ${kinds.join(', ')}`);
}

/** A repeat must say what the first attempt said: the same number with another body would be another request. */
function rememberBody(path: string, body: string, bodies: Map<string, string>, problems: string[]): void {
  const number = /"seq_id":(\d+)/.exec(body)?.[1];
  if (number === undefined || path === 'asample') return;
  const text = body.replace(/"sampling_session_seq_id":\d+/, '');
  const key = `${path} ${number}`;
  if ((bodies.get(key) ?? text) !== text) problems.push(`${key} was repeated with another body`);
  bodies.set(key, text);
}

function within<T>(promise: Promise<T>, message: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = realTimeout(() => reject(new Error(message)), HANGING_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

test(
  `${SCHEDULES} random schedules of faults: nothing twice, order kept, nothing hanging, the right errors`,
  async () => {
    const problems: string[] = [];
    let injected = 0;
    let next = FIRST_SEED;
    const worker = async () => {
      while (next < FIRST_SEED + SCHEDULES && problems.length < 10) {
        const report = await runSchedule(next++);
        problems.push(...report.problems);
        injected += report.injected;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(problems).toEqual([]);
    expect(injected).toBeGreaterThan(SCHEDULES);
  },
  Math.max(120_000, SCHEDULES * 3000),
);
