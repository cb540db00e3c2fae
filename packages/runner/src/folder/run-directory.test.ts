import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LocalRunDirectory } from './run-directory.js';

function runFolder(): LocalRunDirectory {
  const path = mkdtempSync(join(tmpdir(), 'tinsmith-run-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return new LocalRunDirectory(path);
}

test('appends that are not awaited keep their order and their lines whole', async () => {
  const directory = runFolder();
  const lines = Array.from({ length: 200 }, (_, i) => JSON.stringify({ i, text: 'x'.repeat(5000) }));
  await Promise.all(lines.map(line => directory.append('many.jsonl', line)));
  expect(await directory.read('many.jsonl')).toBe(lines.map(line => `${line}\n`).join(''));
});

test('folders on the way are made; a file that is not there is undefined', async () => {
  const directory = runFolder();
  await directory.append('iteration_000001/train.jsonl', '{}');
  expect(await directory.read('iteration_000001/train.jsonl')).toBe('{}\n');
  expect(await directory.read('iteration_000002/train.jsonl')).toBeUndefined();
});

test('write replaces a file and leaves nothing beside it; a reader sees one of the contents', async () => {
  const directory = runFolder();
  const contents = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(100_000));
  await directory.write('state.json', contents[0]!);
  const writing = Promise.all(contents.map(content => directory.write('state.json', content)));
  for (let reads = 0; reads < 50; reads++) expect(contents).toContain(await directory.read('state.json'));
  await writing;
  expect(readdirSync(directory.path)).toEqual(['state.json']);
  expect(readFileSync(join(directory.path, 'state.json'), 'utf8')).toBe(contents.at(-1));
});

test('sync waits for the appends before it, then asks the system to keep them; no file is no error', async () => {
  const directory = runFolder();
  await directory.sync('rows.jsonl');
  expect(await directory.read('rows.jsonl')).toBeUndefined();

  const path = join(directory.path, 'rows.jsonl');
  await directory.append('rows.jsonl', '1');
  const handle = await open(path);
  const handles = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const kept: string[] = [];
  const spy = vi
    .spyOn(handles, 'sync')
    .mockImplementation(async () => void kept.push(readFileSync(path, 'utf8')));
  onTestFinished(() => spy.mockRestore());
  const appended = directory.append('rows.jsonl', '2');
  const synced = directory.sync('rows.jsonl');
  const later = directory.append('rows.jsonl', '3');
  await synced;
  expect(kept).toEqual(['1\n2\n']);
  await Promise.all([appended, later]);
});

test('a failed append does not stop those after it', async () => {
  const directory = runFolder();
  await directory.append('a', '1');
  const failed = directory.append('a/b', '2'); // a is a file
  const later = directory.append('a', '3');
  await expect(failed).rejects.toThrow();
  await later;
  expect(await directory.read('a')).toBe('1\n3\n');
});

/** The limit on the size of files is a disk that is full after a kilobyte, without being root. */
test.skipIf(process.platform === 'win32')(
  'a line that does not fit is an error, and nothing of it is left',
  () => {
    const { path } = runFolder();
    const source = `
    import { LocalRunDirectory } from ${JSON.stringify(new URL('../../dist/folder/run-directory.js', import.meta.url).href)};
    const directory = new LocalRunDirectory(${JSON.stringify(path)});
    await directory.append('a', 'short');
    for (const append of ['append', 'appendDurably']) {
      console.log(await directory[append]('a', 'x'.repeat(5000)).then(() => 'written', error => error.message));
    }
    await directory.append('a', 'next');`;
    const limited = 'ulimit -f 1; exec "$0" --input-type=module --eval "$1"';
    const out = execFileSync('bash', ['-c', limited, process.execPath, source], { encoding: 'utf8' });
    expect(out).toMatch(/^only 1018 of 5001 bytes fitted into .*\nonly 1018 of 5000 bytes fitted into .*\n$/);
    expect(readFileSync(join(path, 'a'), 'utf8')).toBe('short\nnext\n');
  },
);

test.for(['../x', '/tmp/x', 'a/../../x', '..'])('a file outside the folder is refused: %s', async file => {
  const directory = runFolder();
  const outside = expect.objectContaining({ code: 'PATH_OUTSIDE_RUN' });
  await expect(directory.append(file, '')).rejects.toEqual(outside);
  await expect(directory.read(file)).rejects.toEqual(outside);
});
