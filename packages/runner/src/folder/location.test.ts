import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultFolder, examplesFolder, expandPath, stamp } from './location.js';

test('paths are relative to the working directory, ~ is the home folder', () => {
  expect(expandPath('runs/a', '/somewhere')).toBe('/somewhere/runs/a');
  expect(expandPath('/runs/a', '/somewhere')).toBe('/runs/a');
  expect(expandPath('~/runs', '/somewhere')).toBe(join(homedir(), 'runs'));
  expect(expandPath('~', '/somewhere')).toBe(homedir());
  expect(expandPath('~other', '/somewhere')).toBe('/somewhere/~other');
});

test('the folder for examples is in /tmp where there is one', () => {
  expect(examplesFolder('linux')).toBe('/tmp/tinker-examples');
  expect(examplesFolder('darwin')).toBe('/tmp/tinker-examples');
  expect(examplesFolder('win32')).toBe(join(tmpdir(), 'tinker-examples'));
});

test('the stamp is local time to the minute', () => {
  expect(stamp(new Date(2026, 0, 2, 3, 4, 59))).toBe('2026-01-02-03-04');
});

test('names become one folder each, whatever they contain', () => {
  const now = new Date(2026, 10, 24, 13, 5);
  const folder = (recipe: string, name: string) =>
    defaultFolder(recipe, name, now).replace(`${examplesFolder()}/`, '');
  expect(folder('math-rl', 'Qwen/Qwen3-8B-32rank')).toBe('math-rl/Qwen-Qwen3-8B-32rank-2026-11-24-13-05');
  expect(folder('..', '../../x')).toBe('-/..-..-x-2026-11-24-13-05');
});
