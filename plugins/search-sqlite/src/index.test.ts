import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SearchBackends, WaitReported, definePlugin } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import {
  createTestKit,
  searchablePassages,
  searchBackendConformance,
  TestDirectory,
} from '@tinsmith/testkit';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import sqlite from './index.js';

const shared = new TestDirectory();
afterAll(() => shared.remove());

const jsonl = (rows: readonly object[]) => rows.map(row => `${JSON.stringify(row)}\n`).join('');
function write(folder: string, rows: readonly object[]): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'passages.jsonl');
  writeFileSync(file, jsonl(rows));
  return file;
}

searchBackendConformance({
  plugins: () => {
    const rows = searchablePassages.map(({ id: _id, title, text }) => ({ _id, title, text }));
    return [sqlite({ passages: write(shared.path, rows), index: join(shared.path, 'c.sqlite') }), datasets()];
  },
  backend: 'sqlite',
});

const newFolder = () => {
  const directory = new TestDirectory();
  onTestFinished(() => directory.remove());
  return directory.path;
};

/** The first hit of a query, and what was reported on the way. */
async function find(options: Parameters<typeof sqlite>[0], query: string) {
  const reports: string[] = [];
  const listener = definePlugin({
    name: 'listener',
    version: '1.0.0',
    setup: ({ hook }) => hook(WaitReported, ({ what }) => void reports.push(what)),
  });
  await using kit = await createTestKit({ plugins: [sqlite(options), datasets(), listener()] });
  const backend = await kit.get(SearchBackends, options.name ?? 'sqlite');
  return { hits: await backend.search({ query, limit: 5 }), reports };
}

test('the index is made once, with progress, and made anew for other passages', async () => {
  const folder = newFolder();
  const index = join(folder, 'index.sqlite');
  const passages = write(folder, [{ text: 'the old text', title: 'Old' }]);
  const first = await find({ passages, index }, 'old');
  expect(first.hits).toMatchObject([{ id: '0', title: 'Old', text: 'the old text' }]);
  expect(first.reports).toEqual([`index of ${passages}: 1 passages`]);

  const made = statSync(index).mtimeMs;
  expect(await find({ passages, index }, 'old')).toEqual({ ...first, reports: [] });
  expect(statSync(index).mtimeMs).toBe(made);

  write(folder, [{ text: 'the new text', title: 'New' }]); // of the same size
  expect((await find({ passages, index }, 'text')).hits).toMatchObject([{ title: 'New' }]);
  expect((await find({ passages, index, titleField: null }, 'text')).hits).toMatchObject([{ title: '' }]);
});

test('without a name the index is kept in the cache folder, one for each set of passages', async () => {
  const folder = newFolder();
  process.env['XDG_CACHE_HOME'] = folder;
  onTestFinished(() => void delete process.env['XDG_CACHE_HOME']);
  const passages = write(folder, [{ body: 'cached' }]);
  await find({ passages, textField: 'body', name: 'mine' }, 'cached');
  expect(readdirSync(join(folder, 'tinsmith', 'search'))).toEqual([
    expect.stringMatching(/^[\da-f]{24}\.sqlite$/),
  ]);
});

test('a build that is cut off leaves nothing behind that would be taken for an index', async () => {
  const folder = newFolder();
  const index = join(folder, 'index.sqlite');
  const passages = write(folder, [{ text: 'good' }, { words: 'no text' }]);
  await expect(find({ passages, index }, 'good')).rejects.toMatchObject({
    code: 'SEARCH_PASSAGE_INVALID',
    at: expect.stringContaining('passages.jsonl:2'),
  });
  expect(readdirSync(folder)).toEqual(['passages.jsonl']);

  // What a kill leaves: a draft of a process that is gone.
  writeFileSync(`${index}.${process.pid}.building`, 'half');
  write(folder, [{ text: 'good' }]);
  expect((await find({ passages, index }, 'good')).hits).toHaveLength(1);
  expect(existsSync(`${index}.${process.pid}.building`)).toBe(false);
});

test('a file that is something else is not overwritten', async () => {
  const folder = newFolder();
  const index = join(folder, 'notes.txt');
  writeFileSync(index, 'my notes');
  const passages = write(folder, [{ text: 'good' }]);
  await expect(find({ passages, index }, 'good')).rejects.toMatchObject({
    code: 'SEARCH_INDEX_FOREIGN',
    at: index,
  });
  expect(readFileSync(index, 'utf8')).toBe('my notes');
});

test('passages that are not there are an error', async () => {
  const passages = join(newFolder(), 'none.jsonl');
  await expect(find({ passages }, 'x')).rejects.toMatchObject({ code: 'DATA_SOURCE_UNKNOWN' });
});
