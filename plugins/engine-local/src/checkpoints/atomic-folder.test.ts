import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { recoverFolder, writeFileSynced, writeFolder } from './atomic-folder.js';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
const fill = (text: string) => (folder: string) => writeFileSynced(join(folder, 'file'), text);
const content = (folder: string) => readFileSync(join(folder, 'file'), 'utf8');

test('a folder appears with its contents, and replaces an older one', () => {
  const target = join(temporaryFolder(), 'deep', 'target');
  writeFolder(target, fill('old'));
  writeFolder(target, fill('new'));
  expect(content(target)).toBe('new');
  expect(readdirSync(join(target, '..'))).toEqual(['target']);
});

test('a failure leaves what was there, and nothing besides', () => {
  const target = join(temporaryFolder(), 'target');
  writeFolder(target, fill('old'));
  const breakOff = () =>
    writeFolder(target, folder => {
      fill('half')(folder);
      throw new Error('disk full');
    });
  expect(breakOff).toThrow('disk full');
  expect(content(target)).toBe('old');
  expect(readdirSync(join(target, '..'))).toEqual(['target']);
});

test('leftovers of a killed attempt do not disturb the next', () => {
  const parent = temporaryFolder();
  mkdirSync(join(parent, '.target.writing'));
  fill('half')(join(parent, '.target.writing'));
  writeFolder(join(parent, 'target'), fill('whole'));
  expect(content(join(parent, 'target'))).toBe('whole');
});

test('a replacement that was cut off between its two renames is undone', () => {
  const target = join(temporaryFolder(), 'target');
  writeFolder(target, fill('old'));
  renameSync(target, join(target, '..', '.target.replaced')); // as after a kill at that moment
  recoverFolder(target);
  expect(content(target)).toBe('old');
});

test('a replacement that was cut off after them is finished', () => {
  const target = join(temporaryFolder(), 'target');
  const replaced = join(target, '..', '.target.replaced');
  writeFolder(replaced, fill('old'));
  writeFolder(target, fill('new'));
  expect(existsSync(replaced)).toBe(false);
  expect(content(target)).toBe('new');
});
