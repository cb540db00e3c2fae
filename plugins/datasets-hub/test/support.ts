/** For the tests of this package: a row source over files that the test writes. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHub, type HubOptions } from '@tinsmith/hub';
import { onTestFinished } from 'vitest';
import { createRowSource, type FileRowSource } from '../src/row-source.js';

export const fixtures = join(import.meta.dirname, '../../../fixtures/data');

export interface SourceOptions extends HubOptions {
  readonly maxRowBytes?: number;
  readonly maxMessageBytes?: number;
}

/** Closed when the test ends. The environment plays no part. */
export async function newSource(options: SourceOptions = {}): Promise<FileRowSource> {
  const { maxRowBytes = 2 ** 20, maxMessageBytes = 2 ** 20, ...hubOptions } = options;
  const hub = createHub({ offline: true, cacheFolder: await temporary(), ...hubOptions }, {});
  const source = createRowSource({ hub, maxRowBytes, maxMessageBytes });
  onTestFinished(() => source.close());
  return source;
}

/** A folder that is removed when the test ends. */
export async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tinsmith-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a temporary folder and returns it. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await temporary();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

export async function fileWith(name: string, content: string | Uint8Array): Promise<string> {
  return join(await folderWith({ [name]: content }), name);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** `count` JSON lines `{"i": n}`. */
export function numbered(count: number): string {
  return Array.from({ length: count }, (_, i) => JSON.stringify({ i })).join('\n');
}
