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

test.for(searchPlaces)('finds %s without executing it', async name => {
  const folder = folderWith([name, 'throw new Error("executed")']);
  expect(await findConfig(folder)).toBe(join(folder, name));
});

test('looks upwards, not above the folder with package.json', async () => {
  const folder = folderWith(
    ['tinsmith.config.yaml', 'seed: 1'],
    ['inside/deep/x', ''],
    ['project/package.json', '{}'],
    ['project/deep/x', ''],
  );
  expect(await findConfig(join(folder, 'inside/deep'))).toBe(join(folder, 'tinsmith.config.yaml'));
  expect(await findConfig(join(folder, 'project/deep'))).toBeUndefined();
  await expect(requireConfig(join(folder, 'project/deep'))).rejects.toMatchObject({
    code: 'CONFIG_NOT_FOUND',
  });
});

test('an empty config is found: that it is empty is said later', async () => {
  const folder = folderWith(['tinsmith.config.yaml', '']);
  expect(await findConfig(folder)).toBe(join(folder, 'tinsmith.config.yaml'));
});

test('search places that another tool has configured for cosmiconfig are neither executed nor taken', async () => {
  const folder = folderWith(
    [
      '.config/config.json',
      '{ "cosmiconfig": { "searchPlaces": ["other.cjs"] }, "tinsmith": { "seed": 1 } }',
    ],
    ['other.cjs', 'process.env.EXECUTED = "yes"; module.exports = {};'],
    ['tinsmith.config.json', '{}'],
  );
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(folder); // the place where cosmiconfig looks for its own configuration
  expect(await findConfig(folder)).toBe(join(folder, 'tinsmith.config.json'));
  expect(process.env['EXECUTED']).toBeUndefined();
});
