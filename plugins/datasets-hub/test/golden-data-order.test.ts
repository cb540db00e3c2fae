/** The order of batches and splits, read through this package, against the reference. */
import { expect } from 'vitest';
import { PythonRandom } from '@tinsmith/training';
import { testGoldenRows } from '../../../packages/training/test/golden.js';
import { collect, fileWith, fixtures, newSource, numbered } from './support.js';

interface EpochBatches {
  readonly n: number;
  readonly batch_size: number;
  readonly epoch: number;
}
interface Batches {
  readonly n_batches: number;
  readonly batches: number[][];
}
testGoldenRows<EpochBatches, Batches>('data_order', 'epoch_batches', async ({ input, expected }) => {
  const rows = await (await newSource()).open({ source: await fileWith('rows.jsonl', numbered(input.n)) });
  const batches = rows
    .map(row => row['i'])
    .shuffle({ seed: input.epoch })
    .batches({ size: input.batch_size, partial: 'drop' });
  expect((await batches.table()).length).toBe(expected.n_batches);
  expect(await collect(batches)).toEqual(expected.batches);
});

interface FileSplit {
  readonly n: number;
  readonly shuffle_seed: number;
  readonly test_size: number;
}
interface Split {
  readonly test: number[] | null;
  readonly train: number[];
}
testGoldenRows<FileSplit, Split>('data_order', 'conversation_file_split', async ({ input, expected }) => {
  const rows = await (await newSource()).open({ source: await fileWith('rows.jsonl', numbered(input.n)) });
  const shuffled = rows.map(row => row['i']).shuffle({ seed: input.shuffle_seed });
  // the rule of the reference: a test set that would leave no rows to train on is not made
  const testSize = input.test_size < input.n ? input.test_size : 0;
  expect(await collect(shuffled.skip(testSize))).toEqual(expected.train);
  expect(await collect(shuffled.take(testSize))).toEqual(expected.test ?? []);
});

interface StreamShuffle extends EpochBatches {
  readonly buffer_size: number;
  readonly seed: number;
}
testGoldenRows<StreamShuffle, { batches: number[][] }>('data_order', 'stream_shuffle', async row => {
  const { n, batch_size: size, buffer_size: bufferSize, seed, epoch } = row.input;
  const rows = await (await newSource()).open({ source: await fileWith('rows.jsonl', numbered(n)) });
  const batches = rows
    .map(({ i }) => i)
    .shuffleThroughBuffer({ seed, bufferSize, epoch })
    .batches({ size, partial: 'drop' });
  expect(await collect(batches)).toEqual(row.expected.batches);
});

interface SearchOrder {
  readonly file: string;
  readonly rows: number;
  readonly seed: number;
}
interface Order {
  readonly order: number[];
  readonly first_questions: string[];
}
testGoldenRows<SearchOrder, Order>('data_order', 'search_order', async ({ input, expected }) => {
  const rows = await (await newSource()).open({ source: `${fixtures}/${input.file}` });
  const table = await rows.table();
  expect(table.length).toBe(input.rows);
  const order = Array.from({ length: table.length }, (_, index) => index);
  new PythonRandom(input.seed).shuffle(order);
  expect(order).toEqual(expected.order);
  const first = await Promise.all(order.slice(0, expected.first_questions.length).map(i => table.at(i)));
  expect(first.map(row => row['question'])).toEqual(expected.first_questions);
});
