/** A vitest reporter for golden vectors: a line per test, as the golden runner prints them, and the counts for it in a file. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export interface GoldenCounts {
  readonly passed: number;
  readonly failed: number;
  /** Names of all tests that ran: a row of the vectors is named in its test. */
  readonly ran: readonly string[];
}

export default class TestLines implements Reporter {
  readonly #counts = { passed: 0, failed: 0 };
  readonly #ran: string[] = [];

  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    // Rows that one test leaves out can be those of another: what nobody ran is found by comparing with the files.
    if (state === 'pending' || state === 'skipped') return;
    this.#counts[state]++;
    this.#ran.push(test.name);
    const said = { passed: 'pass', failed: 'FAIL' }[state];
    const why = errors?.[0] ? `  ${errors[0].message.split('\n')[0]}` : '';
    process.stdout.write(`${said}  algorithms/${test.fullName}${why}\n`);
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      // A file that fails to load has no tests to fail: no vectors of an operation, say.
      const failed = module.state() === 'failed' && [...module.children.allTests('failed')].length === 0;
      if (!failed) continue;
      this.#counts.failed++;
      process.stdout.write(
        `FAIL  algorithms/${module.relativeModuleId}  ${module.errors()[0]?.message ?? ''}\n`,
      );
    }
    const counts: GoldenCounts = { ...this.#counts, ran: this.#ran };
    writeFileSync(process.env['TINSMITH_GOLDEN_COUNTS']!, JSON.stringify(counts));
  }
}
