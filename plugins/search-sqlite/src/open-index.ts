/**
 * The index for a file of passages: the one that is there, if it was made from these passages, else a new one. It is made in
 * a file of its own and appears under its name when it is whole: a half-built index is never seen.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import {
  type Passage,
  type PassageFields,
  passageOf,
  type Row,
  type RowSource,
  TinsmithError,
} from '@tinsmith/core';
import { IndexWriter, readFacts } from './index-file.js';

export interface IndexOptions extends PassageFields {
  readonly passages: string;
  readonly split?: string | undefined;
  readonly index?: string | undefined;
}

interface Surroundings {
  readonly rows: RowSource;
  readonly onProgress: (text: string, seconds: number) => void;
}

/** In memory at a time. */
const BATCH = 1000;
const SECONDS_BETWEEN_REPORTS = 1;

/**
 * The file of the index.
 * @throws SEARCH_PASSAGE_INVALID; SEARCH_INDEX_FOREIGN if `index` names a file that is no index of ours.
 */
export async function openIndex(options: IndexOptions, { rows, onProgress }: Surroundings): Promise<string> {
  const { passages: source, split, textField, titleField, idField } = options;
  const opened = await rows.open({ source, split });
  const reader = opened.read();
  const of = JSON.stringify([reader.position().of, await lastChange(source), textField, titleField, idField]);
  const file = options.index === undefined ? cachedIndex(of) : resolve(options.index);
  const facts = readFacts(file);
  if (facts?.of === of) {
    await reader.return();
    return file;
  }
  if (!facts && options.index !== undefined && existsSync(file)) {
    await reader.return();
    throw new TinsmithError({
      code: 'SEARCH_INDEX_FOREIGN',
      message: 'the file named as index is there already, and is no whole index of this plugin',
      at: file,
      fix: 'remove it, or name another file',
    });
  }
  await mkdir(dirname(file), { recursive: true });
  await build(file, of, passagesOf(reader, options), { source, onProgress });
  return file;
}

async function build(
  file: string,
  of: string,
  passages: AsyncIterable<Passage>,
  { source, onProgress }: { source: string; onProgress: Surroundings['onProgress'] },
): Promise<void> {
  const draft = `${file}.${process.pid}.building`;
  await rm(draft, { force: true });
  const writer = new IndexWriter(draft);
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  let reported = 0;
  try {
    let batch: Passage[] = [];
    for await (const passage of passages) {
      batch.push(passage);
      if (batch.length < BATCH) continue;
      writer.add(batch);
      batch = [];
      if (seconds() - reported < SECONDS_BETWEEN_REPORTS) continue;
      reported = seconds();
      onProgress(`index of ${source}: ${writer.passages} passages so far`, reported);
    }
    writer.add(batch);
    writer.finish(of);
    await rename(draft, file);
    onProgress(`index of ${source}: ${writer.passages} passages`, seconds());
  } finally {
    writer.close();
    await rm(draft, { force: true });
  }
}

async function* passagesOf(rows: AsyncIterable<Row>, options: IndexOptions): AsyncGenerator<Passage> {
  let number = 0;
  for await (const row of rows) yield passageOf(row, number++, options);
}

/** Of a file: another content can have the same name and size. Data sets of the hub have their commit. */
const lastChange = (source: string): Promise<number> =>
  stat(resolve(source)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

function cachedIndex(of: string): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const name = createHash('sha256').update(of).digest('hex').slice(0, 24);
  return join(cache, 'tinsmith', 'search', `${name}.sqlite`);
}
