import { type ReadPosition, type Row, type Rows, originOf } from '@tinsmith/core';
import { readdir } from 'node:fs/promises';
import * as fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { collect, fileWith, fixtures, newSource, numbered, temporary } from '../test/support.js';
import { createHub } from '@tinsmith/hub';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { createRowSource } from './row-source.js';

const count = 37;
async function openNumbers(): Promise<Rows<number>> {
  const rows = await (await newSource()).open({ source: await fileWith('rows.jsonl', numbered(count)) });
  return rows.map(row => row['i'] as number);
}

/** Operations with what they do to a list. */
type Operation = {
  readonly lazy: (rows: Rows<number>) => Rows<number>;
  readonly plain: (list: number[]) => number[];
};
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.nat(20).map(n => ({
    lazy: (rows: Rows<number>) => rows.take(20 + n),
    plain: (list: number[]) => list.slice(0, 20 + n),
  })),
  fc
    .nat(4)
    .map(n => ({ lazy: (rows: Rows<number>) => rows.skip(n), plain: (list: number[]) => list.slice(n) })),
  fc.constant({
    lazy: (rows: Rows<number>) => rows.filter(i => i % 7 !== 3),
    plain: (list: number[]) => list.filter(i => i % 7 !== 3),
  }),
  fc.constant({
    lazy: (rows: Rows<number>) => rows.map(i => i + 1),
    plain: (list: number[]) => list.map(i => i + 1),
  }),
);

test('operations do what they do to lists, as a stream and as a table, from any place on', async () => {
  const numbers = await openNumbers();
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 4 }), fc.nat(40), async (operations, from) => {
      const rows = operations.reduce((input, { lazy }) => lazy(input), numbers);
      const list = operations.reduce(
        (input, { plain }) => plain(input),
        Array.from({ length: count }, (_, i) => i),
      );
      expect(await collect(rows)).toEqual(list);
      const table = await rows.table();
      expect(table.length).toBe(list.length);
      expect(await Promise.all(list.map((_, i) => table.at(i)))).toEqual(list);
      const { of } = rows.read().position();
      expect(await collect(rows.read({ rows: from, of }))).toEqual(list.slice(from));
    }),
    { numRuns: 60, seed: 1 },
  );
});

test.each<[string, (rows: Rows<number>) => Rows<unknown>]>([
  ['shuffle', rows => rows.shuffle({ seed: 3 })],
  ['shuffle of what a filter left', rows => rows.filter(i => i % 2 === 0).shuffle({ seed: 3 })],
  ['buffered shuffle', rows => rows.shuffleThroughBuffer({ seed: 3, bufferSize: 8, epoch: 2 })],
  ['batches', rows => rows.shuffle({ seed: 3 }).batches({ size: 5, partial: 'keep' })],
  ['complete batches', rows => rows.batches({ size: 5, partial: 'drop' }).skip(2)],
])('%s: stream and table agree, and every position restores exactly', async (_, make) => {
  const rows = make(await openNumbers());
  const all = await collect(rows);
  const table = await rows.table();
  expect(table.length).toBe(all.length);
  expect(await Promise.all(all.map((_row, i) => table.at(i)))).toEqual(all);

  const positions: ReadPosition[] = [];
  const reader = rows.read();
  for await (const _row of reader) positions.push(reader.position());
  for (const [i, position] of positions.entries()) {
    const kept = JSON.parse(JSON.stringify(position)) as ReadPosition; // as a checkpoint keeps it
    expect(await collect(rows.read(kept))).toEqual(all.slice(i + 1));
  }
});

test('a partial batch is kept or dropped, as asked', async () => {
  const numbers = await openNumbers();
  const kept = await collect(numbers.batches({ size: 10, partial: 'keep' }));
  expect(kept.map(batch => batch.length)).toEqual([10, 10, 10, 7]);
  const dropped = await collect(numbers.batches({ size: 10, partial: 'drop' }));
  expect(dropped.map(batch => batch.length)).toEqual([10, 10, 10]);
  expect((await numbers.batches({ size: 50, partial: 'drop' }).table()).length).toBe(0);
});

test('a position of another order, batch size or file is refused', async () => {
  const numbers = await openNumbers();
  const position = numbers.shuffle({ seed: 1 }).read().position();
  expect(() => numbers.shuffle({ seed: 2 }).read(position)).toThrow(
    expect.objectContaining({ code: 'DATA_POSITION_FOREIGN' }),
  );
  const shorter = await (await newSource()).open({ source: await fileWith('rows.jsonl', numbered(5)) });
  expect(() => shorter.read((numbers as Rows<unknown>).read().position())).toThrow(
    expect.objectContaining({ code: 'DATA_POSITION_FOREIGN' }),
  );
});

test('nothing is read before someone asks', async () => {
  const rows = await (await newSource()).open({ source: await fileWith('bad.jsonl', 'not json') });
  let calls = 0;
  rows
    .map(row => calls++ && row)
    .shuffle({ seed: 0 })
    .batches({ size: 2, partial: 'keep' });
  expect(calls).toBe(0);
});

test('parquet: a reader goes on in the middle of a row group', async () => {
  const rows = await (
    await newSource()
  ).open({ source: `${fixtures}/gsm8k`, config: 'main', split: 'train' });
  const { of } = rows.read().position();
  const { value: late } = await rows.read({ rows: 700, of }).next();
  const all = await collect(rows);
  expect(late).toEqual(all[700]);
  expect(originOf(late as Row)).toBe('main/train-00000-of-00001.parquet row 701');
});

test('several copies can be made at once', async () => {
  const source = await newSource();
  const files = await Promise.all([1, 2, 3].map(size => fileWith('rows.jsonl', numbered(size))));
  const tables = await Promise.all(
    files.map(async file => (await source.open({ source: file })).shuffle({ seed: 0 }).table()),
  );
  expect(tables.map(({ length }) => length)).toEqual([1, 2, 3]);
});

test('a shuffle of parquet keeps what JSON could not', async () => {
  const content = parquetWriteBuffer({
    columnData: [
      { name: 'large', data: [2n ** 60n, 3n], type: 'INT64' },
      { name: 'bytes', data: [Uint8Array.of(1, 2), Uint8Array.of(255)], type: 'BYTE_ARRAY' },
      { name: 'number', data: [Number.NaN, 0.5], type: 'DOUBLE' },
    ],
  });
  const file = await fileWith('a.parquet', new Uint8Array(content));
  const rows = await (await newSource()).open({ source: file });
  const shuffled = await collect(rows.shuffle({ seed: 1 }));
  expect(shuffled.toSorted((a, b) => Number(b['large']) - Number(a['large']))).toEqual(await collect(rows));
});

test.each([
  ['a seed', (rows: Rows<number>) => rows.shuffle({ seed: -1 })],
  ['a size', (rows: Rows<number>) => rows.batches({ size: 0, partial: 'keep' })],
  ['a count', (rows: Rows<number>) => rows.take(1.5)],
])('%s that makes no sense is refused at once', async (_, wrong) => {
  const numbers = await openNumbers();
  expect(() => wrong(numbers)).toThrow(expect.objectContaining({ code: 'DATA_COUNT_INVALID' }));
});

test('a table refuses places outside it', async () => {
  const table = await (await openNumbers()).shuffle({ seed: 0 }).table();
  for (const place of [-1, count, 0.5]) await expect(table.at(place)).rejects.toThrow(RangeError);
});

test('ending early and closing leaves no temporary files behind', async () => {
  const folder = await temporary();
  vi.stubEnv('TMPDIR', folder).stubEnv('TEMP', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const hub = createHub({ offline: true }, {});
  const source = createRowSource({ hub, maxRowBytes: 1e6, maxMessageBytes: 1e6 });
  const rows = await source.open({ source: `${fixtures}/gsm8k/main/train.jsonl.gz` });
  let seen = 0;
  for await (const _row of rows.shuffle({ seed: 0 })) if (++seen === 7) break;
  expect(await readdir(folder)).toHaveLength(1);
  await source.close();
  expect(await readdir(folder)).toEqual([]);
});
