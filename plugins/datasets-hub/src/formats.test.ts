import { gzipSync, zstdCompressSync } from 'node:zlib';
import { originOf } from '@tinsmith/core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { collect, fileWith, fixtures, newSource } from '../test/support.js';

const rows = [
  { question: 'How many?\u2028 "Ünïcode" 🦊', answer: '#### 3' },
  { question: 'line\nbreak', answer: 'a, b' },
];
const jsonl = rows.map(row => JSON.stringify(row)).join('\n');
const csv = 'question,answer\r\n"How many?\u2028 ""Ünïcode"" 🦊",#### 3\r\n"line\nbreak","a, b"\r\n';
const tsv = csv
  .replaceAll('question,answer', 'question\tanswer')
  .replace('",####', '"\t####')
  .replace('","', '"\t"');
const list = JSON.stringify(rows, null, 2);

test.each([
  ['rows.jsonl', jsonl],
  ['rows.ndjson', `\uFEFF\n${jsonl}\n\n`],
  ['rows.json', list],
  ['rows.json', ` [ ${rows.map(row => JSON.stringify(row)).join(' , ')} ] \n`],
  ['rows.json', jsonl],
  ['rows.csv', csv],
  ['rows.csv', `\uFEFF${csv.replaceAll('\r\n', '\n').trimEnd()}`],
  ['rows.tsv', tsv],
])('%s gives the rows that were written, plain and compressed', async (name, text) => {
  const source = await newSource();
  const compressed = [
    [name, Buffer.from(text)],
    [`${name}.gz`, gzipSync(text)],
    [`${name}.zst`, zstdCompressSync(text)],
  ] as const;
  for (const [file, content] of compressed) {
    expect(await collect(await source.open({ source: await fileWith(file, content) }))).toEqual(rows);
  }
});

test('a file of several gzip members or zstd frames is read to its end', async () => {
  const source = await newSource();
  const parts = [`${jsonl}\n`, `${jsonl}\n`, jsonl];
  for (const [name, compress] of [
    ['a.jsonl.gz', gzipSync],
    ['a.jsonl.zst', zstdCompressSync],
  ] as const) {
    const content = Buffer.concat(parts.map(part => compress(part)));
    expect(await collect(await source.open({ source: await fileWith(name, content) }))).toHaveLength(6);
  }
});

test('rows know the file and the line that they begin on', async () => {
  const source = await newSource();
  const places = async (name: string, text: string): Promise<(string | undefined)[]> => {
    const all = await collect(await source.open({ source: await fileWith(name, text) }));
    return all.map(row => originOf(row)?.replace(/^.*[\\/]/, ''));
  };
  expect(await places('a.jsonl', `\n${jsonl}`)).toEqual(['a.jsonl:2', 'a.jsonl:3']);
  expect(await places('a.json', list)).toEqual(['a.json:2', 'a.json:6']);
  expect(await places('a.csv', 'x,y\n"1\n2",3\n4,5')).toEqual(['a.csv:2', 'a.csv:4']);
});

test('a JSON list is cut at its own commas only, wherever the chunks end', async () => {
  const tricky = [
    { a: '],[{"' },
    { a: ['\\', '"', { b: [1, [2]] }] },
    { a: 'x'.repeat(200_000) },
    { a: '\\"' },
  ];
  const source = await newSource();
  const text = JSON.stringify(tricky);
  expect(await collect(await source.open({ source: await fileWith('a.json', text) }))).toEqual(tricky);
});

test.each([
  ['gsm8k main', 'gsm8k/main/train.jsonl.gz', 'gsm8k/main/train-00000-of-00001.parquet'],
  ['search_r1 with nested columns', 'search_r1/train.jsonl.gz', 'search_r1/train.parquet'],
])('parquet and jsonl of the same split give the same rows: %s', async (_, lines, parquet) => {
  const source = await newSource();
  const fromLines = await collect(await source.open({ source: `${fixtures}/${lines}` }));
  const fromParquet = await collect(await source.open({ source: `${fixtures}/${parquet}` }));
  expect(fromParquet.length).toBeGreaterThan(100);
  expect(fromParquet).toEqual(fromLines);
});

test('parquet: numbers, times, lists and missing values are those of JSON', async () => {
  const content = parquetWriteBuffer({
    columnData: [
      { name: 'small', data: [1n, 2n], type: 'INT64' },
      { name: 'large', data: [2n ** 60n, -1n], type: 'INT64' },
      { name: 'time', data: [new Date('2026-01-02T03:04:05Z'), new Date(0)], type: 'TIMESTAMP' },
      { name: 'flag', data: [true, false], type: 'BOOLEAN' },
      { name: 'text', data: ['ä', null], type: 'STRING', nullable: true },
    ],
    codec: 'UNCOMPRESSED',
  });
  const file = await fileWith('a.parquet', new Uint8Array(content));
  expect(await collect(await (await newSource()).open({ source: file }))).toEqual([
    { small: 1, large: 2n ** 60n, time: '2026-01-02T03:04:05.000Z', flag: true, text: 'ä' },
    { small: 2, large: -1, time: '1970-01-01T00:00:00.000Z', flag: false, text: null },
  ]);
});

test('only the columns that were asked for are given out, in that order', async () => {
  const source = await newSource();
  for (const file of ['train-00000-of-00001.parquet', 'train.jsonl.gz']) {
    const opened = await source.open({ source: `${fixtures}/gsm8k/main/${file}`, columns: ['answer'] });
    const [row] = await collect(opened.take(1));
    expect(Object.keys(row!)).toEqual(['answer']);
  }
});
