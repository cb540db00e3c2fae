import type { Environment } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { parseEnvOptions } from './env-options.js';

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
