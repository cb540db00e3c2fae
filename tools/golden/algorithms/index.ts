/**
 * The vectors of the algorithms. Each package has tests for its own, which list the golden folder themselves; here all of them
 * are run, every row, and what no test has asked for is named.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { GoldenCounts } from './test-lines.ts';

interface Row {
  readonly id: string;
  readonly op: string;
}

/** Their tests judge all rows together. */
const JUDGED_TOGETHER = ['grade', 'environment_grade'];

/** @throws if the folder has no vectors, or if the tests cannot be run */
export function runAlgorithms(
  repository: string,
  golden: string,
): { readonly passed: number; readonly failed: number; readonly skipped: number } {
  const rows = allRows(join(golden, 'algorithms'));
  const counts = runTests(repository, golden);
  const ran = new Set(counts.ran.map(name => name.split(' ').at(-1)));
  let skipped = 0;
  for (const [op, of] of Map.groupBy(rows, row => row.op)) {
    if (JUDGED_TOGETHER.includes(op)) continue;
    const missing = of.filter(({ id }) => !ran.has(id)).length;
    skipped += missing;
    if (missing > 0)
      console.log(`skip  algorithms/${op}  ${missing} of ${of.length} rows: not reached by a test yet`);
  }
  return { passed: counts.passed, failed: counts.failed, skipped };
}

function allRows(folder: string): Row[] {
  const files = readdirSync(folder).filter(name => name.endsWith('.jsonl.gz'));
  if (files.length === 0) throw new Error(`no *.jsonl.gz in ${folder}`);
  return files.flatMap(name => {
    const lines = gunzipSync(readFileSync(join(folder, name)))
      .toString('utf8')
      .split('\n');
    return lines.filter(line => line !== '').map(line => JSON.parse(line) as Row);
  });
}

function runTests(repository: string, golden: string): GoldenCounts {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-golden-'));
  const file = join(folder, 'counts.json');
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
  const reporter = join(repository, 'tools/golden/algorithms/test-lines.ts');
  try {
    const { error } = spawnSync(
      process.execPath,
      [vitest, 'run', `--reporter=${reporter}`, ...testFiles(repository)],
      {
        cwd: repository,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, TINSMITH_GOLDEN: golden, TINSMITH_GOLDEN_COUNTS: file },
      },
    );
    if (error) throw error;
    return JSON.parse(readFileSync(file, 'utf8')) as GoldenCounts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Every test that reads vectors of algorithms: it imports the reader of `packages/training/test/golden.ts`. */
function testFiles(repository: string): string[] {
  const folders = ['packages', 'plugins'].flatMap(group =>
    readdirSync(join(repository, group)).flatMap(name => [
      join(group, name, 'src'),
      join(group, name, 'test'),
    ]),
  );
  return folders.flatMap(folder => {
    if (!existsSync(join(repository, folder))) return [];
    const files = readdirSync(join(repository, folder), { encoding: 'utf8', recursive: true });
    return files
      .filter(file => file.endsWith('.test.ts'))
      .map(file => join(folder, file))
      .filter(file => /\b(?:testGoldenRows|goldenRows)\b/.test(readFileSync(join(repository, file), 'utf8')));
  });
}
