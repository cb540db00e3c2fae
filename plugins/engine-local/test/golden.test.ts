/** A few checks of each case; `npm run golden -- engine` runs every one. */
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { passes } from '../../../tools/golden/category.ts';
import { engine } from '../../../tools/golden/engine/index.ts';
import { sampled } from '../../../tools/vitest/full.js';

const golden =
  process.env['TINSMITH_GOLDEN'] ?? fileURLToPath(new URL('../../../fixtures/golden', import.meta.url));
const cases = await engine.open(`${golden}/${engine.name}`);

describe.each(cases)('$name', goldenCase => {
  afterAll(() => goldenCase.close());

  test.for(sampled(goldenCase.checks, 4))('$id', async (check, { skip }) => {
    if (check.skipped !== undefined) skip(check.skipped);
    const measurements = await check.run();
    expect(measurements.length).toBeGreaterThan(0);
    expect(measurements.filter(measurement => !passes(measurement))).toEqual([]);
  });
});
