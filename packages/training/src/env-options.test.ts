import type { Environment, ModelSource, Registry, Renderer, RendererSource } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { checkModelAndEnvironment, parseEnvOptions } from './env-options.js';

type Schema = NonNullable<Environment['options']>;

/** Wants `{ size: number }` and gives it back doubled. */
const sizeSchema: Schema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate(value) {
      const { size } = value as { size?: unknown };
      if (typeof size === 'number') return { value: { size: size * 2 } };
      return { issues: [{ message: 'expected a number', path: ['size'] }] };
    },
  },
};
const withSchema = (options?: Schema): Environment => ({
  specification: 'v1',
  createDataset: () => {
    throw new Error('not asked for');
  },
  ...(options && { options }),
});

test('returns what the schema of the environment makes of the options', async () => {
  expect(await parseEnvOptions(withSchema(sizeSchema), { size: 2 })).toEqual({ size: 4 });
});

test('says where a wrong option stands in the config', async () => {
  await expect(parseEnvOptions(withSchema(sizeSchema), { size: 'big' })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    at: 'recipe.with.envOptions.size',
  });
});

test('refuses options for an environment that takes none', async () => {
  expect(await parseEnvOptions(withSchema(), {})).toBeUndefined();
  await expect(parseEnvOptions(withSchema(), { size: 2 })).rejects.toMatchObject({
    code: 'OPTION_UNKNOWN',
    found: 'size',
  });
});

const registry = <Value>(values: Readonly<Record<string, Value>>): Registry<Value> => ({
  names: () => Object.keys(values),
  has: name => name in values,
  get: async name => values[name]!,
});
const registries = {
  models: registry<ModelSource>({ pocket: { renderers: ['plain'] } }),
  renderers: registry<RendererSource>({ plain: { create: () => ({ name: 'plain' }) as Renderer } }),
  environments: registry({ sums: withSchema(sizeSchema) }),
};

test('a check finds what is wrong with the renderer and with the options of the environment, together', async () => {
  const choice = { modelName: 'pocket', env: 'sums', envOptions: { size: 1 } };
  await checkModelAndEnvironment(choice, registries);
  const wrong = { ...choice, rendererName: 'plian', envOptions: { size: 'big' } };
  await expect(checkModelAndEnvironment(wrong, registries)).rejects.toMatchObject({
    errors: [
      { code: 'RENDERER_UNFIT', at: 'recipe.with.rendererName' },
      { code: 'OPTION_INVALID', at: 'recipe.with.envOptions.size' },
    ],
  });
});

test('an environment that cannot be made is not taken for a wrong option', async () => {
  const broken: Registry<Environment> = {
    ...registries.environments,
    get: () => Promise.reject(new Error('no such thing')),
  };
  await expect(
    checkModelAndEnvironment(
      { modelName: 'pocket', env: 'sums', envOptions: {} },
      { ...registries, environments: broken },
    ),
  ).rejects.toThrow('no such thing');
});
