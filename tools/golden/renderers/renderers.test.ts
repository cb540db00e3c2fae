/**
 * The renderer and tokenizer vectors as tests. By default a sample of each kind of row, the same every time; all with
 * TINSMITH_FULL=1, as `npm run golden -- renderers` runs them.
 */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isFull } from '../../vitest/full.ts';
import { openRenderers } from './index.ts';

const folder = join(
  process.env['TINSMITH_GOLDEN'] ?? join(import.meta.dirname, '../../../fixtures/golden'),
  'renderers',
);
/** Rows of a kind in a file; the families together see far more of each. */
const SAMPLE = 4;

const cases = openRenderers(folder, isFull ? {} : { sample: SAMPLE });

test('every file of the vectors is found', () => expect(cases.length).toBeGreaterThan(0));

describe.each(cases.map(golden => [golden.name, golden] as const))('%s', (_, golden) => {
  afterAll(() => golden.close());
  test.each(golden.checks.map(check => [check.id, check] as const))('%s', async (_id, check) => {
    for (const { distance } of await check.run()) expect(distance).toBe(0);
  });
});

test('a folder without cases fails', () => {
  expect(() => openRenderers(join(folder, 'cases'), {})).toThrow();
});
