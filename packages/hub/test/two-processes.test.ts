import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createHub } from '../src/index.js';
import { cutAfter, FakeHub, type Fault } from './fake-hub.js';

const content = randomBytes(2_000_000);

async function temporaryCache(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tinsmith-hub-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A process that downloads model.bin and prints where it is. */
function startDownload(hub: FakeHub, cacheFolder: string): ChildProcess {
  const imports = pathToFileURL(join(import.meta.dirname, 'typescript-imports.mjs')).href;
  const script = join(import.meta.dirname, 'download-once.ts');
  return spawn(process.execPath, [`--import=${imports}`, script, hub.endpoint, cacheFolder]);
}

test('two processes that want the same file both get it whole', async () => {
  const cacheFolder = await temporaryCache();
  await using hub = await FakeHub.start();
  hub.put('models/owner/name', { 'model.bin': content });
  hub.fail('/stored/', cutAfter(500_000, content), cutAfter(700_000, content));
  const processes = [startDownload(hub, cacheFolder), startDownload(hub, cacheFolder)];
  const paths = await Promise.all(processes.map(async child => (await text(child.stdout!)).trim()));
  expect(paths[0]).toBe(paths[1]);
  expect((await readFile(paths[0]!)).equals(content)).toBe(true);
  expect(await readdir(join(cacheFolder, 'hub/models/owner/name/parts'))).toEqual([]);
});

test('what a killed process had downloaded is continued by the next', async () => {
  const cacheFolder = await temporaryCache();
  await using hub = await FakeHub.start();
  hub.put('models/owner/name', { 'model.bin': content });
  const stall: Fault = (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 1_000_000));
    return true;
  };
  hub.fail('/stored/', stall);
  const child = startDownload(hub, cacheFolder);
  const parts = join(cacheFolder, 'hub/models/owner/name/parts');
  let kept = 0;
  while (kept < 1_000_000) {
    await sleep(10);
    const [part] = await readdir(parts).catch(() => []);
    if (part !== undefined) kept = (await stat(join(parts, part))).size;
  }
  child.kill('SIGKILL');
  await once(child, 'exit');

  const options = { endpoint: hub.endpoint, cacheFolder };
  const path = await createHub(options, {}).resolveFile({
    repo: 'owner/name',
    kind: 'model',
    file: 'model.bin',
  });
  expect((await readFile(path)).equals(content)).toBe(true);
  expect(hub.requestsOf('/stored/').at(-1)!.range).toBe('bytes=1000000-');
});
