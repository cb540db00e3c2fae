import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { isFull } from '../../../tools/vitest/full.js';

/** What benchmarks/data/stream.mjs prints, run on the sources. */
async function stream(...parameters: string[]): Promise<{ rows: number; growthMb: number; peakMb: number }> {
  const root = join(import.meta.dirname, '../../..');
  const imports = pathToFileURL(join(root, 'packages/hub/test/typescript-imports.mjs')).href;
  const node = ['--conditions=@tinsmith/source', `--import=${imports}`, '--max-old-space-size=96'];
  const script = join(root, 'benchmarks/data/stream.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [...node, script, ...parameters]);
  return JSON.parse(stdout) as { rows: number; growthMb: number; peakMb: number };
}

/** More than twice what may be in memory; 200 in the full tests. */
const megabytes = isFull ? 200 : 100;

test('conversations in a jsonl.gz stream in constant memory', async () => {
  const { rows, growthMb } = await stream('--megabytes', String(megabytes));
  expect(rows).toBeGreaterThan(1000 * megabytes);
  expect(growthMb).toBeLessThan(80);
});

test.runIf(isFull)('a shuffle of 100 MB takes little more memory than a stream of them', async () => {
  const { peakMb } = await stream('--megabytes', '100', '--shuffle');
  expect(peakMb).toBeLessThan(250);
});
