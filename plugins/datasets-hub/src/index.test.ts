import { readFile } from 'node:fs/promises';
import { RowSources } from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { cutAfter, failWith, FakeHub } from '../../../packages/hub/test/fake-hub.js';
import { collect, fileWith, fixtures, folderWith, newSource, numbered, temporary } from '../test/support.js';
import datasets from './index.js';

const card = `---
configs:
- config_name: main
  data_files:
  - split: train
    path: main/train-*
  - split: test
    path: main/test-*
---
`;

const name = (split: string): string => `main/${split}-00000-of-00001.parquet`;

test('gives out rows of a hub data set, over a hub that fails, and again without network', async () => {
  const parquet = await readFile(`${fixtures}/gsm8k/${name('train')}`);
  const cacheFolder = await temporary();
  const retry = { firstWait: 1 };
  const request = { source: 'openai/gsm8k', config: 'main', split: 'train' };
  let position;
  {
    await using hub = await FakeHub.start();
    hub.put('datasets/openai/gsm8k', {
      'README.md': card,
      [name('train')]: parquet,
      [name('test')]: 'unused',
    });
    hub.fail('/tree/', failWith(503));
    hub.fail('/stored/', cutAfter(100_000, parquet), failWith(429));
    const source = await newSource({ offline: false, endpoint: hub.endpoint, cacheFolder, retry });
    const rows = await source.open(request);
    const expected = await (await newSource()).open({ source: `${fixtures}/gsm8k/main/train.jsonl.gz` });
    expect(await collect(rows)).toEqual(await collect(expected));
    expect(hub.requestsOf(name('test'))).toEqual([]);
    await expect(source.open({ ...request, split: 'trian' })).rejects.toMatchObject({
      code: 'DATA_SPLIT_UNKNOWN',
      found: 'train, test',
      fix: 'split: train',
    });
    const reader = rows.shuffle({ seed: 1 }).batches({ size: 8, partial: 'drop' }).read();
    await reader.next();
    position = reader.position();
  }
  const offline = await newSource({ offline: true, cacheFolder });
  const rows = await offline.open(request);
  const batches = rows.shuffle({ seed: 1 }).batches({ size: 8, partial: 'drop' });
  const { value } = await batches.read(position).next();
  expect(value).toEqual((await collect(batches.take(2)))[1]);
});

test('searches the folders of TINSMITH_DATA before it asks the hub', async () => {
  const folder = await folderWith({ 'owner/name/train.jsonl': '{"a":1}' });
  const source = await newSource({ localFolders: { dataset: [folder] } });
  expect(await collect(await source.open({ source: 'owner/name' }))).toEqual([{ a: 1 }]);
});

test('as a plugin it provides the row source, with its limits, and closes it', async () => {
  const file = await fileWith('chat.jsonl', numbered(3));
  let rows;
  {
    await using kit = await createTestKit({ plugins: [datasets({ maxRowBytes: 7 })] });
    const source = await kit.get(RowSources);
    rows = await source.open({ source: file });
    expect(await collect(rows.shuffle({ seed: 0 }))).toHaveLength(3);
    const long = await source.open({ source: await fileWith('long.jsonl', '{"i":100}') });
    await expect(collect(long)).rejects.toMatchObject({ code: 'DATA_ROW_TOO_LARGE' });
  }
  await expect(collect(rows.shuffle({ seed: 0 }))).rejects.toThrow();
});

test('as a plugin it says how far a download of more than a megabyte is', async () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  const shown = vi.spyOn(console, 'warn').mockImplementation(() => {});
  onTestFinished(() => shown.mockRestore());
  await using hub = await FakeHub.start();
  hub.put('datasets/owner/name', { 'train.jsonl': numbered(100_000) });
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('TINSMITH_CACHE', await temporary());
  await using kit = await createTestKit({ plugins: [datasets()] });
  const source = await kit.get(RowSources);
  expect((await collect((await source.open({ source: 'owner/name' })).take(1)))[0]).toEqual({ i: 0 });
  const lines = shown.mock.calls.map(([line]) => line as string);
  expect(lines[0]).toMatch(/owner\/name train\.jsonl: \d+ of 1 MB/);
  expect(lines.at(-1)).toMatch(/train\.jsonl: downloaded, 1 MB/);
});

test('unknown options are refused', async () => {
  await expect(createTestKit({ plugins: [datasets({ maxRows: 3 } as never)] })).rejects.toThrow('maxRows');
});

test('reads the real conversation file of the Cookbook', async () => {
  const source = await newSource();
  const rows = await source.conversations({ source: `${fixtures}/cookbook_examples/conversations.jsonl` });
  const all = await collect(rows);
  expect(all).toHaveLength(128);
  expect(all[0]!.messages.map(message => message.role)).toEqual(['user', 'assistant']);
});
