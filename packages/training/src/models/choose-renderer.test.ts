import type { ModelSource, Registry, Renderer, RendererSource } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { chooseRenderer, modelInfo } from './index.js';

const registry = <Value>(values: Readonly<Record<string, Value>>): Registry<Value> => ({
  names: () => Object.keys(values),
  has: name => name in values,
  get: async name => values[name]!,
});
const source = (name: string): RendererSource => ({ create: () => ({ name }) as Renderer });
const renderers = registry(
  Object.fromEntries(
    ['qwen3', 'qwen3_disable_thinking', 'mine', 'role_colon'].map(name => [name, source(name)]),
  ),
);
const models = registry<ModelSource>({ pocket: { renderers: ['mine'] }, silent: { renderers: [] } });
const choose = async (choice: Parameters<typeof chooseRenderer>[0]) =>
  (await chooseRenderer(choice, { models, renderers })).create(undefined as never).name;

test('takes what a plugin recommends for its model, else what the registry does', async () => {
  expect(await choose({ modelName: 'pocket' })).toBe('mine');
  expect(await choose({ modelName: 'Qwen/Qwen3-8B' })).toBe('qwen3');
  expect(await choose({ modelName: 'Qwen/Qwen3-8B:checkpoint-7' })).toBe('qwen3');
});

test('takes another one that fits if it is named, and any for a model that nothing is known about', async () => {
  expect(await choose({ modelName: 'Qwen/Qwen3-8B', rendererName: 'qwen3_disable_thinking' })).toBe(
    'qwen3_disable_thinking',
  );
  expect(await choose({ modelName: '/a/folder', rendererName: 'role_colon' })).toBe('role_colon');
});

test('refuses one that does not fit, with the names that do, unless it is meant', async () => {
  const choice = { modelName: 'Qwen/Qwen3-8B', rendererName: 'mine' };
  await expect(choose(choice)).rejects.toMatchObject({
    code: 'RENDERER_UNFIT',
    found: 'what fits: qwen3, qwen3_disable_thinking',
    fix: expect.stringContaining('anyRenderer: true'),
  });
  expect(await choose({ ...choice, anyRenderer: true })).toBe('mine');
});

test.each([
  ['nothing names one', { modelName: 'unknown' }],
  ['its model recommends none', { modelName: 'silent' }],
  ['no plugin provides what the model recommends', { modelName: 'thinkingmachines/Inkling' }],
  ['no plugin provides the named one', { modelName: 'unknown', rendererName: 'qwen33' }],
])('says so if %s', async (_, choice) => {
  await expect(choose(choice)).rejects.toMatchObject({
    code: 'RENDERER_UNKNOWN',
    at: 'recipe.with.rendererName',
  });
});

test('a model that is not known is refused, with one that is near', () => {
  expect(() => modelInfo('Qwen/Qwen3-9B')).toThrow(
    expect.objectContaining({ code: 'MODEL_UNKNOWN', fix: expect.stringContaining('Qwen/Qwen3') }),
  );
});
