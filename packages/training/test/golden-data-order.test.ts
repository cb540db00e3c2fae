/** Generators and orders against those of Python, numpy and Hugging Face `datasets`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  groupSchedule,
  interleaveOrder,
  type InterleaveUntil,
  NumpyGenerator,
  NumpyRandomState,
  PythonRandom,
  shuffleThroughBuffer,
  tableOrder,
} from '../src/index.js';
import { goldenRows, testGoldenRows } from './golden.js';

const HERE = `table_shuffle table_shuffle_digest numpy_pcg64 numpy_randomstate python_random python_shuffle
  stream_shuffle interleave_chat interleave_rl word_split`.split(/\s+/);
/** Needs rows of files: tested by the package that reads data sets. */
const ELSEWHERE = ['epoch_batches', 'conversation_file_split', 'search_order'];

test('every operation of data_order is known', () => {
  const ops = new Set(goldenRows('data_order').map(row => row.op));
  expect([...ops].filter(op => ![...HERE, ...ELSEWHERE].includes(op))).toEqual([]);
});

const upTo = (limit: number): number[] => Array.from({ length: limit }, (_, index) => index);
const times = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

interface Size {
  readonly n: number;
  readonly seed: number;
}

testGoldenRows<Size, { order: number[] }>('data_order', 'table_shuffle', ({ input, expected }) => {
  expect([...tableOrder(input.n, input.seed)]).toEqual(expected.order);
});

interface Digest {
  readonly first: number[];
  readonly last: number[];
  readonly sha256_of_json: string;
}
testGoldenRows<Size, Digest>('data_order', 'table_shuffle_digest', ({ input, expected }) => {
  const order = [...tableOrder(input.n, input.seed)];
  expect(order.slice(0, expected.first.length)).toEqual(expected.first);
  expect(order.slice(-expected.last.length)).toEqual(expected.last);
  expect(createHash('sha256').update(JSON.stringify(order)).digest('hex')).toBe(expected.sha256_of_json);
});

interface Pcg64 {
  readonly random: number[];
  readonly raw_uint64: string[];
  readonly integers_0_10: number[];
}
testGoldenRows<{ seed: number }, Pcg64>('data_order', 'numpy_pcg64', ({ input, expected }) => {
  const generator = new NumpyGenerator(input.seed);
  expect(times(expected.random.length, () => generator.random())).toEqual(expected.random);
  expect(times(expected.integers_0_10.length, () => generator.below(10))).toEqual(expected.integers_0_10);
  const fresh = new NumpyGenerator(input.seed);
  const raw = times(expected.raw_uint64.length, () => String(fresh.nextUint64()));
  expect(raw).toEqual(expected.raw_uint64);
});

interface RandomState {
  readonly randint_0_101: number[];
  readonly random_sample: number[];
}
testGoldenRows<{ seed: number }, RandomState>('data_order', 'numpy_randomstate', ({ input, expected }) => {
  const state = new NumpyRandomState(input.seed);
  expect(times(expected.randint_0_101.length, () => state.integer(0, 101))).toEqual(expected.randint_0_101);
  expect(times(expected.random_sample.length, () => state.random())).toEqual(expected.random_sample);
});

interface Python {
  readonly random: number[];
  readonly getrandbits32: number[];
  readonly randrange_100: number[];
  readonly sample_20_of_50: number[];
  readonly sample_3_of_1000: number[];
  readonly choices_weighted: number[];
}
testGoldenRows<{ seed: number | string }, Python>('data_order', 'python_random', ({ input, expected }) => {
  const random = new PythonRandom(input.seed);
  expect(times(expected.random.length, () => random.random())).toEqual(expected.random);
  const bits = times(expected.getrandbits32.length, () => random.getRandomBits(32));
  expect(bits).toEqual(expected.getrandbits32);
  expect(times(expected.randrange_100.length, () => random.below(100))).toEqual(expected.randrange_100);
  expect(random.sample(upTo(50), 20)).toEqual(expected.sample_20_of_50);
  expect(random.sample(upTo(1000), 3)).toEqual(expected.sample_3_of_1000);
  const chosen = random.choices([0, 1, 2], [0.5, 0.3, 0.2], expected.choices_weighted.length);
  expect(chosen).toEqual(expected.choices_weighted);
});

testGoldenRows<Size, { order: number[] }>('data_order', 'python_shuffle', ({ input, expected }) => {
  const order = Array.from({ length: input.n }, (_, index) => index);
  new PythonRandom(input.seed).shuffle(order);
  expect(order).toEqual(expected.order);
});

interface WordSplit {
  readonly train: string[];
  readonly test: string[];
}
testGoldenRows<Size, WordSplit>('data_order', 'word_split', ({ input, expected }) => {
  const file = join(import.meta.dirname, '../../../fixtures/data/common_nouns/nouns.txt');
  const words = readFileSync(file, 'utf8').split('\n').slice(0, input.n);
  new PythonRandom(input.seed).shuffle(words);
  expect(words).toEqual([...expected.train, ...expected.test]);
  expect(expected.test.length).toBe(Math.trunc(input.n * 0.2));
});

interface StreamShuffle extends Size {
  readonly batch_size: number;
  readonly buffer_size: number;
  readonly epoch: number;
}
testGoldenRows<StreamShuffle, { batches: number[][] }>('data_order', 'stream_shuffle', async row => {
  const { n, seed, epoch, buffer_size: bufferSize, batch_size: size } = row.input;
  const items = Array.from({ length: n }, (_, index) => index);
  const order: number[] = [];
  for await (const item of shuffleThroughBuffer(items, { seed, epoch, bufferSize })) order.push(item);
  const batches = Array.from({ length: Math.floor(n / size) }, (_, i) =>
    order.slice(i * size, (i + 1) * size),
  );
  expect(batches).toEqual(row.expected.batches);
});

interface InterleaveChat {
  readonly sizes: number[];
  readonly weights: number[] | null;
  readonly seed: number;
  readonly stopping_strategy: InterleaveUntil;
}
testGoldenRows<InterleaveChat, { rows: number[][] }>(
  'data_order',
  'interleave_chat',
  ({ input, expected }) => {
    const { sizes, weights, seed, stopping_strategy: until } = input;
    expect(interleaveOrder(sizes, { seed, until, weights: weights ?? undefined })).toEqual(expected.rows);
  },
);

test('refuses to interleave a source without rows', () => {
  expect(() => interleaveOrder([3, 0], { seed: 0, until: 'all_exhausted' })).toThrow('sizes 3, 0');
});

interface InterleaveRl {
  readonly sources: { readonly groups: number }[];
  readonly weights: number[];
  readonly groups_per_batch: number;
  readonly total_batches: number | null;
  readonly seed: number;
}
interface Schedule {
  readonly total_batches: number;
  readonly schedule: number[][][];
}
testGoldenRows<InterleaveRl, Schedule>('data_order', 'interleave_rl', ({ input, expected }) => {
  const schedule = groupSchedule({
    sizes: input.sources.map(source => source.groups),
    weights: input.weights,
    groupsPerBatch: input.groups_per_batch,
    batches: input.total_batches ?? undefined,
    seed: input.seed,
  });
  expect(schedule).toHaveLength(expected.total_batches);
  expect(schedule).toEqual(expected.schedule);
});
