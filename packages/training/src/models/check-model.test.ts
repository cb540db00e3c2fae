import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelSource, Registry, Renderer, RendererSource } from '@tinsmith/core';
import { expect, onTestFinished, test } from 'vitest';
import { checkModelAndRenderer } from './index.js';

const registry = <Value>(values: Readonly<Record<string, Value>>): Registry<Value> => ({
  names: () => Object.keys(values),
  has: name => name in values,
  get: async name => values[name]!,
});
const plain: RendererSource = { create: () => ({ name: 'plain' }) as Renderer };
const registries = {
  models: registry<ModelSource>({ pocket: { renderers: ['plain'] }, './made': { renderers: ['plain'] } }),
  renderers: registry({ plain }),
};
const check = (modelName: string, rendererName?: string) =>
  checkModelAndRenderer({ modelName, rendererName }, registries);

test('a model of a plugin is there, also if its name looks like a path', async () => {
  await check('pocket');
  await check('./made');
});

test('a name that only the engine can look up is left to it', async () => {
  await check('an-owner/a-model', 'plain');
  await check('service-model:checkpoint-7', 'plain');
});

test('a folder and a file that are there pass', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-model-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.gguf'), '');
  await check(folder, 'plain');
  await check(join(folder, 'a.gguf'), 'plain');
});

test.each(['./nowhere', '../nowhere', '/nowhere/at/all', '~/nowhere', 'nowhere.gguf', 'a/nowhere.GGUF'])(
  '%s is a path where nothing is',
  async name => {
    await expect(check(name, 'plain')).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      at: 'recipe.with.modelName',
      found: expect.stringContaining(
        'models of plugins: pocket, ./made; neither a folder nor a .gguf file /',
      ),
    });
  },
);

test('a model that is not there is one problem, and a second one only if a renderer is named', async () => {
  await expect(check('./nowhere')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  await expect(check('./nowhere', 'plian')).rejects.toMatchObject({
    errors: [{ code: 'MODEL_NOT_FOUND' }, { code: 'RENDERER_UNKNOWN' }],
  });
});
