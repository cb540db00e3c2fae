import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sampled } from '../../vitest/full.ts';
import { replay } from './index.ts';
import { listRecordings } from './recording.ts';

const golden =
  process.env['TINSMITH_GOLDEN'] ?? fileURLToPath(new URL('../../../fixtures/golden', import.meta.url));
const files = await listRecordings(join(golden, 'protocol'));

test.concurrent.each(sampled(files, 14).map(file => ({ name: basename(file, '.jsonl.gz'), file })))(
  'our client makes the calls of $name with requests that mean the same, and reads the same answers',
  async ({ file }) => {
    const { unmatched, unused, mistakes, calls } = await replay(file);
    expect({ unmatched, unused, mistakes }).toEqual({ unmatched: [], unused: [], mistakes: [] });
    expect(calls).toBeGreaterThan(0);
  },
);

test('an empty folder of recordings is an error', async () => {
  await expect(listRecordings(join(golden, 'protocol', '..', '..'))).rejects.toThrow(
    /contains no recordings/,
  );
});
