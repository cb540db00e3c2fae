import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { cutAfter, FakeHub } from './fake-hub.js';

test('two processes that want the same file both get it whole', async () => {
  const content = randomBytes(2_000_000);
  const cacheFolder = await mkdtemp(join(tmpdir(), 'tinsmith-hub-'));
  await using hub = await FakeHub.start();
  hub.put('models/owner/name', { 'model.bin': content });
  hub.fail('/stored/', cutAfter(500_000, content), cutAfter(700_000, content));
  const script = join(import.meta.dirname, 'download-once.ts');
  const resolver = join(import.meta.dirname, 'typescript-imports.mjs');
  const run = async (): Promise<string> => {
    const parameters = [`--import=${pathToFileURL(resolver).href}`, script, hub.endpoint, cacheFolder];
    return (await promisify(execFile)(process.execPath, parameters)).stdout.trim();
  };
  const paths = await Promise.all([run(), run()]);
  expect(paths[0]).toBe(paths[1]);
  expect((await readFile(paths[0])).equals(content)).toBe(true);
  expect(await readdir(join(cacheFolder, 'hub/models/owner/name/parts'))).toEqual([]);
  await rm(cacheFolder, { recursive: true });
});
