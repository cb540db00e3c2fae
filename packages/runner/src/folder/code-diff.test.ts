import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { codeDiff } from './code-diff.js';

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'tinsmith-diff-')));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function git(path: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd: path, encoding: 'utf8' }).trim();
}

test('says what differs from the last commit, once per work tree, and what is not in git', async () => {
  const path = folder();
  git(path, 'init', '--quiet');
  mkdirSync(join(path, 'deep'));
  writeFileSync(join(path, 'plugin.ts'), 'export const size = 1;\n');
  git(path, 'add', '.');
  git(path, 'commit', '--quiet', '--message', 'first');
  writeFileSync(join(path, 'plugin.ts'), 'export const size = 2;\n');
  writeFileSync(join(path, 'new.ts'), '');
  const diff = await codeDiff([path, join(path, 'deep')]);
  expect(diff?.split('\n').slice(0, 3)).toEqual([
    `### repo: ${path} @ ${git(path, 'rev-parse', 'HEAD')}`,
    '### not in git: new.ts',
    'diff --git a/plugin.ts b/plugin.ts',
  ]);
  expect(diff).toContain('\n-export const size = 1;\n+export const size = 2;\n');
});

test('a work tree without a commit says so; outside of one there is nothing', async () => {
  const path = folder();
  expect(await codeDiff([path, join(path, 'not-there')])).toBeUndefined();
  git(path, 'init', '--quiet');
  expect(await codeDiff([path])).toMatch(
    /^### repo: \S+ @ no commit yet\n### the difference cannot be shown/,
  );
});
