import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkOptions } from './check-options.js';
import type { StandardSchema } from './standard.js';

/** Each issue in one line. */
async function lines(
  schema: StandardSchema,
  options: unknown,
  otherKeys?: readonly string[],
): Promise<readonly string[]> {
  const { issues } = await checkOptions(schema, options, otherKeys);
  return issues.map(({ code, message, found, fix }) =>
    [code.replace('OPTION_', ''), message, found && `found ${found}`, fix && `try ${fix}`]
      .filter(Boolean)
      .join(' | '),
  );
}

const inner = z.object({ size: z.int().min(2), ratio: z.number().positive().max(1).optional() });

test.for<[z.ZodType, unknown, string]>([
  [z.int(), 'x', '"a" must be a whole number | found "x"'],
  [z.int(), 1.5, '"a" must be a whole number | found 1.5'],
  [z.int().min(2), 1, '"a" must be at least 2 | found 1'],
  [z.number().positive(), 0, '"a" must be greater than 0 | found 0'],
  [z.number().lt(1), 1, '"a" must be less than 1 | found 1'],
  [z.number().max(1), 2, '"a" must be at most 1 | found 2'],
  [z.number().multipleOf(8), 12, '"a" must be a multiple of 8 | found 12'],
  [z.number(), Number.NaN, '"a" must be a number | found NaN'],
  [z.string(), 3, '"a" must be a text | found 3'],
  [z.string(), null, '"a" must be a text | found null'],
  [z.string().min(1), '', '"a" must be a text that is not empty | found ""'],
  [z.string().max(2), 'abc', '"a" must be a text of at most 2 characters | found "abc"'],
  [z.url(), 'abc', '"a" must be a valid url | found "abc"'],
  [z.string().regex(/^b/, 'must begin with b'), 'abc', 'must begin with b | found "abc"'],
  [z.boolean(), 'yes', '"a" must be true or false | found "yes"'],
  [z.array(z.string()), 'x', '"a" must be a list | found "x"'],
  [z.array(z.string()).min(2), ['x'], '"a" must be a list of at least 2 | found a list of 1'],
  [z.array(z.string()), ['x', 1], '"a[1]" must be a text | found 1'],
  [inner, 'x', '"a" must be an object | found "x"'],
  [inner, { size: 1 }, '"a.size" must be at least 2 | found 1'],
  [z.record(z.string(), z.int()), { b: 'x' }, '"a.b" must be a whole number | found "x"'],
  [z.enum(['ppo', 'dro']), 'pp0', '"a" must be one of ppo, dro | found "pp0" | try ppo'],
  [z.literal('v1'), 'v2', '"a" must be v1 | found "v2" | try v1'],
  [z.union([z.string(), z.int()]), [], '"a" must be a text or a whole number | found an empty list'],
  [z.union([z.string(), inner]), { size: 'x' }, '"a.size" must be a whole number | found "x"'],
  [z.int().refine(n => n % 2 === 0, 'must be even'), 3, 'must be even | found 3'],
])('%# a wrong value', async ([schema, value, expected]) => {
  expect(await lines(z.object({ a: schema }), { a: value })).toEqual([`INVALID | ${expected}`]);
});

test.for<[z.ZodType, string]>([
  [z.int(), 'add a: a whole number'],
  [z.enum(['x', 'y']), 'add a: one of x, y'],
  [inner, 'add a: an object'],
])('%# a missing value', async ([schema, fix]) => {
  expect(await lines(z.object({ a: schema }), {})).toEqual([`MISSING | "a" is missing | try ${fix}`]);
});

test('unknown keys are found at any depth, in strict and in plain objects alike', async () => {
  for (const object of [z.object, z.strictObject]) {
    const schema = object({
      group: object({ size: z.int() }).optional(),
      list: z.array(object({ x: z.int() })).optional(),
    });
    expect(await lines(schema, { grup: 1, group: { size: 1, sise: 2 }, list: [{ x: 1, y: 2 }] })).toEqual([
      'UNKNOWN | there is no option "grup" | try group',
      'UNKNOWN | there is no option "group.sise" | try size',
      'UNKNOWN | there is no option "list[0].y" | try x',
    ]);
  }
});

test('unknown keys are no problem where any key is welcome', async () => {
  expect(await lines(z.looseObject({ a: z.int() }), { a: 1, b: 2 })).toEqual([]);
  expect(await lines(z.object({ a: z.record(z.string(), z.int()) }), { a: { any: 1 } })).toEqual([]);
  expect(await lines(z.object({ a: z.int() }).catchall(z.int()), { a: 1, b: 2 })).toEqual([]);
});

test('the keys of every branch of a union are known', async () => {
  const schema = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a'), x: z.int() }),
    z.object({ kind: z.literal('b'), y: z.int() }),
  ]);
  expect(await lines(schema, { kind: 'b', y: 1, yy: 1 })).toEqual([
    'UNKNOWN | there is no option "yy" | try y',
  ]);
});

test('a schema with a type that JSON Schema has no word for is still checked, unknown keys too', async () => {
  const schema = z.object({ when: z.date().optional(), parse: z.custom().optional(), size: z.int() });
  expect(await lines(schema, { size: 'x', sise: 1 })).toEqual([
    'UNKNOWN | there is no option "sise" | try size',
    'INVALID | "size" must be a whole number | found "x"',
  ]);
});

test('keys that are checked elsewhere are no problem, and are proposed for mistyped ones', async () => {
  const schema = z.strictObject({ size: z.int() });
  expect(await lines(schema, { size: 1, engine: 'x' }, ['engine'])).toEqual([]);
  expect(await lines(schema, { size: 1, engin: 'x' }, ['engine'])).toEqual([
    'UNKNOWN | there is no option "engin" | try engine',
  ]);
});

test('the list of known options has each name once, also one that is in the schema and checked elsewhere', async () => {
  const schema = z.object({ engine: z.string().optional(), size: z.int().optional() });
  expect(await lines(schema, { zzzzzz: 1 }, ['engine'])).toEqual([
    'UNKNOWN | there is no option "zzzzzz" | try one of engine, size',
  ]);
});

test('any Standard Schema will do: its own words are shown with the path', async () => {
  const schema: StandardSchema = {
    '~standard': {
      version: 1,
      vendor: 'ours',
      validate: () => ({ issues: [{ message: 'too odd', path: ['a', { key: 'b' }] }] }),
    },
  };
  expect((await checkOptions(schema, { a: { b: 3 } })).issues).toEqual([
    { path: ['a', 'b'], code: 'OPTION_INVALID', message: 'too odd', found: '3', fix: undefined },
  ]);
});

test('the value has the defaults', async () => {
  expect(await checkOptions(z.object({ a: z.int().default(3) }), {})).toEqual({
    value: { a: 3 },
    issues: [],
  });
});
