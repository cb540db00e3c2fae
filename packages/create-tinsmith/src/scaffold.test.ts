import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Kind, kinds } from './kinds.js';
import { scaffold, ScaffoldError } from './scaffold.js';

const ownModules = join(import.meta.dirname, '..', 'node_modules');

function empty(): string {
  const folder = mkdtempSync(join(tmpdir(), 'create-tinsmith-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test.each(Object.keys(kinds) as Kind[])(
  'a %s has its files, without placeholders, with what onnxruntime needs',
  kind => {
    const folder = join(empty(), 'mine');
    const files = scaffold({ kind, folder });
    expect(files).toEqual(expect.arrayContaining(['.gitignore', '.npmrc', 'README.md', 'package.json']));
    for (const file of files) expect(readFileSync(join(folder, file), 'utf8')).not.toContain('{{');
    expect(readFileSync(join(folder, '.npmrc'), 'utf8')).toContain('onnxruntime-node-install=skip');
  },
);

// The packages it needs are those that this package depends on for its development.
test.each((Object.keys(kinds) as Kind[]).filter(kind => kind !== 'project'))(
  'a new %s compiles, and its own tests pass',
  kind => {
    const folder = join(empty(), 'my-2nd-thing');
    scaffold({ kind, folder });
    symlinkSync(ownModules, join(folder, 'node_modules'), 'junction');
    const run = (...command: string[]) =>
      execFileSync(process.execPath, command, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    run(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json', '--noEmit');
    expect(run(join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--no-color')).toMatch(
      /Tests +\d+ passed/,
    );
  },
);

test.each([
  ['exists', 'FOLDER_EXISTS'],
  ['exists/below/nothing', 'FOLDER_MISSING'],
  ['Has Blanks', 'NAME_INVALID'],
])('the folder %s is refused with %s and nothing is left behind', (name, code) => {
  const parent = empty();
  scaffold({ kind: 'logger', folder: join(parent, 'exists') });
  const before = readdirSync(parent);
  const error = catchError(() => scaffold({ kind: 'logger', folder: join(parent, name) }));
  expect(error).toBeInstanceOf(ScaffoldError);
  expect(error).toMatchObject({ code });
  expect(readdirSync(parent)).toEqual(before);
  expect(existsSync(join(parent, 'exists', 'below'))).toBe(false);
});

function catchError(body: () => unknown): unknown {
  try {
    return body();
  } catch (error) {
    return error;
  }
}
