import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { copied, lockFile, refuseBusy, takeLock } from './lock.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tinsmith-lock-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** The lock of another process. */
function held(path: string, holder: object): void {
  const since = '2026-01-01T00:00:00.000Z';
  writeFileSync(join(path, lockFile), JSON.stringify({ host: hostname(), since, ...holder }));
}

test('a folder is taken by one run, and free again after it', async () => {
  const path = folder();
  await refuseBusy(path, 'log_path');
  const lock = await takeLock(path, 'log_path');
  await expect(takeLock(path, 'log_path')).rejects.toMatchObject({
    code: 'RUN_FOLDER_BUSY',
    found: expect.stringContaining(`${path}: process ${process.pid}, since `),
  });
  await expect(refuseBusy(path, 'log_path')).rejects.toMatchObject({ code: 'RUN_FOLDER_BUSY' });
  await lock.release();
  expect(readdirSync(path)).toEqual([]);
  await (await takeLock(path, 'log_path')).release();
});

test.for([
  ['with links', undefined, 10],
  ['where the file system has none', copied, 10],
] as const)('of runs that start together one gets the folder, %s', async ([, place, rounds]) => {
  const path = folder();
  for (let round = 0; round < rounds; round++) {
    held(path, { pid: 2 ** 22 + 1 }); // above the highest process number
    const starts = Array.from({ length: 8 }, () => takeLock(path, 'log_path', place));
    const results = await Promise.allSettled(starts);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(readdirSync(path)).toEqual([lockFile]);
  }
});

test('the lock of a process that is gone does not count', async () => {
  const path = folder();
  held(path, { pid: 2 ** 22 + 1 });
  await refuseBusy(path, 'log_path');
  await takeLock(path, 'log_path');
  expect(JSON.parse(readFileSync(join(path, lockFile), 'utf8'))).toMatchObject({ pid: process.pid });
});

test('a process number that is used again is another process', async () => {
  const path = folder();
  held(path, { pid: process.pid, processStart: 'another boot 17' });
  await takeLock(path, 'log_path');
  held(path, { pid: process.pid }); // where the system does not say when a process began, a living one counts
  await expect(takeLock(path, 'log_path')).rejects.toMatchObject({ code: 'RUN_FOLDER_BUSY' });
});

test('a lock of another machine counts, and the message says what to do', async () => {
  const path = folder();
  held(path, { pid: 1, host: 'elsewhere' });
  await expect(takeLock(path, 'log_path')).rejects.toMatchObject({
    code: 'RUN_FOLDER_BUSY',
    found: `${path}: process 1 on elsewhere, since 2026-01-01T00:00:00.000Z`,
    fix: `another log_path; if that run is over, remove ${join(path, lockFile)}`,
  });
});

test('a lock that is not one does not count', async () => {
  const path = folder();
  writeFileSync(join(path, lockFile), '{ "pid": ');
  utimesSync(join(path, lockFile), 0, 0); // one that has just been made could be in the making
  await takeLock(path, 'log_path');
});
