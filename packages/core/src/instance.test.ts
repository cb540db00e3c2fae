import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CONTRACT, coreInstance, coreInstances } from './index.js';

test('a copy of core says who it is, once', () => {
  const own = coreInstances().filter(({ file }) => file === coreInstance.file);
  expect(own).toEqual([coreInstance]);
  expect(coreInstance).toMatchObject({ contract: CONTRACT, file: expect.stringMatching(/^file:.*instance/) });
});

test('package.json says version and contract: they are read there without importing', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(manifest).toMatchObject({ version: coreInstance.version, tinsmith: { contract: CONTRACT } });
});
