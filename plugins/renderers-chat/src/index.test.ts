import { readFileSync } from 'node:fs';
import { Renderers } from '@tinsmith/core';
import { Kernel } from '@tinsmith/core/kernel';
import { expect, test } from 'vitest';
import renderers from './index.js';

test('provides its renderers by name', async () => {
  await using kernel = await Kernel.boot([renderers()]);
  expect(kernel.registry(Renderers).names()).toEqual(['qwen3_instruct']);
  expect(await kernel.get(Renderers, 'qwen3_instruct')).toHaveProperty('create');
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = renderers.definition;
  expect(manifest).toMatchObject({ name, version });
});
