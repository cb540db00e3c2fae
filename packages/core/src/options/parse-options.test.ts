import { expect, test } from 'vitest';
import { z } from 'zod';
import { formatError, problemsOf } from '../error.js';
import { parseOptions } from './parse-options.js';

const schema = z.object({ size: z.int().positive().default(3), fewShot: z.boolean() });
const place = { at: 'recipe.with.envOptions', owner: 'this environment' };

const refusal = (options: unknown, taken: typeof schema | undefined = schema) =>
  parseOptions(taken, options, place).then(
    () => [],
    (error: unknown) => problemsOf(error).map(formatError),
  );

test('gives back what the schema makes of the options', async () => {
  expect(await parseOptions(schema, { fewShot: true }, place)).toEqual({ size: 3, fewShot: true });
  expect(await parseOptions(undefined, {}, place)).toBeUndefined();
});

test('throws every problem, in the words that options of plugins get, with its place in the config', async () => {
  expect(await refusal({ size: 0, fewSot: true })).toEqual([
    'error OPTION_UNKNOWN   there is no option "fewSot"\n  at     recipe.with.envOptions.fewSot\n  try    fewShot',
    'error OPTION_INVALID   "size" must be greater than 0\n  at     recipe.with.envOptions.size\n  found  0',
    'error OPTION_MISSING   "fewShot" is missing\n  at     recipe.with.envOptions.fewShot\n  try    add fewShot: true or false',
  ]);
});

test('without a schema no option is taken', async () => {
  await expect(parseOptions(undefined, { size: 1 }, place)).rejects.toMatchObject({
    code: 'OPTION_UNKNOWN',
    message: 'this environment takes no options',
    found: 'size',
    fix: 'remove `envOptions`',
  });
});
