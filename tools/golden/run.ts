/**
 * Runs golden vectors: `node tools/golden/golden.mjs engine [more categories]`. The vectors are in the folder that TINSMITH_GOLDEN
 * names, default `fixtures/golden`. One line per check with the worst distance and its limit. Exit code 1 if anything failed.
 * Needs the built packages (`pnpm build`) and a Node that strips types.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runAlgorithms } from './algorithms/index.ts';
import { categories } from './categories.ts';
import { type Category, type GoldenCheck, passes, worst } from './category.ts';

/** Tested by the packages that they belong to. */
const ALGORITHMS = 'algorithms';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const golden = process.env['TINSMITH_GOLDEN'] ?? join(repository, 'fixtures/golden');
const counts = { passed: 0, failed: 0, skipped: 0 };

const known = [...categories.map(({ name }) => name), ALGORITHMS];
const names = process.argv.slice(2);
if (names.length === 0) fail(`name a category: ${known.join(', ')}`);
for (const name of names) {
  const category = categories.find(each => each.name === name);
  if (category) await runCategory(category);
  else if (name === ALGORITHMS) countAlgorithms();
  else fail(`there is no category "${name}"; there are ${known.join(', ')}`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
if (counts.failed > 0) process.exitCode = 1;

async function runCategory(category: Category): Promise<void> {
  try {
    for (const goldenCase of await category.open(join(golden, category.name))) {
      for (const check of goldenCase.checks)
        await runCheck(`${category.name}/${goldenCase.name}/${check.id}`, check);
      await goldenCase.close();
    }
  } catch (error) {
    fail(`${category.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function countAlgorithms(): void {
  try {
    const { passed, failed, skipped } = runAlgorithms(repository, golden);
    counts.passed += passed;
    counts.failed += failed;
    counts.skipped += skipped;
  } catch (error) {
    fail(`${ALGORITHMS}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function runCheck(label: string, check: GoldenCheck): Promise<void> {
  if (check.skipped !== undefined) {
    counts.skipped++;
    console.log(`skip  ${label}  ${check.skipped}`);
    return;
  }
  try {
    const measurements = await check.run();
    const measured = worst(measurements);
    if (!measured) throw new Error('nothing was measured');
    const failures = measurements.filter(measurement => !passes(measurement)).length;
    const summary = `${measured.quantity} ${show(measured.distance)} of ${show(measured.limit)}`;
    if (failures > 0) fail(`${label}  ${summary} (${failures} of ${measurements.length} quantities)`);
    else {
      counts.passed++;
      console.log(`pass  ${label}  ${summary}`);
    }
  } catch (error) {
    fail(`${label}  ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fail(line: string): void {
  counts.failed++;
  console.log(`FAIL  ${line}`);
}

function show(value: number): string {
  return value === 0 || Number.isInteger(value) ? String(value) : value.toExponential(1);
}
