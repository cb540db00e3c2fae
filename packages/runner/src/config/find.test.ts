import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findConfig, requireConfig, searchPlaces } from './find.js';

function folderWith(...files: readonly (readonly [name: string, text: string])[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-find-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

test.for(searchPlaces)('finds %s without executing it', name => {
  const folder = folderWith([name, 'throw new Error("executed")']);
  expect(findConfig(folder)).toBe(join(folder, name));
});

test('looks upwards, not above the folder with package.json', () => {
  const folder = folderWith(
    ['tinsmith.config.yaml', 'seed: 1'],
    ['inside/deep/x', ''],
    ['project/package.json', '{}'],
    ['project/deep/x', ''],
  );
  expect(findConfig(join(folder, 'inside/deep'))).toBe(join(folder, 'tinsmith.config.yaml'));
  expect(findConfig(join(folder, 'project/deep'))).toBeUndefined();
  expect(() => requireConfig(join(folder, 'project/deep'))).toThrow(
    expect.objectContaining({ code: 'CONFIG_NOT_FOUND' }),
  );
});

test('an empty config is found: that it is empty is said later', () => {
  const folder = folderWith(['tinsmith.config.yaml', '']);
  expect(findConfig(folder)).toBe(join(folder, 'tinsmith.config.yaml'));
});
