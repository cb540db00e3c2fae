/**
 * The grader against the reference's verdicts. A verdict may differ only where one of the rules in rules.ts was applied;
 * rows are judged by what they are, never by their id.
 */
import { describe, expect, test } from 'vitest';
import { goldenRows, testGoldenRows, type GoldenRow } from '../../../packages/training/test/golden.js';
import {
  createGrader,
  DEVIATIONS,
  ExtractionError,
  extractBoxed,
  extractGsm8kAnswer,
  gradeAnswer,
  type Verdict,
} from '../src/index.js';

type GradeRow = GoldenRow<
  { answer: string; gold: string; kind: string; equal: boolean | null },
  { grade: boolean; stage: string }
> & { readonly timing_sensitive?: boolean };
type EnvironmentRow = GoldenRow<{ answer: string; gold: string; grader: string }, { grade: boolean }>;
type ExtractionRow = { value: string } | { error: 'unmatched' | 'none' };

const rows = goldenRows('math_grading');
const gradeRows = rows.filter(row => row.op === 'grade') as unknown as GradeRow[];
const graded = gradeRows.map(row => ({ row, verdict: gradeAnswer(row.input.answer, row.input.gold) }));
/** Where the reference itself is too slow for its limit, either verdict passes. */
const decided = graded.filter(({ row }) => row.timing_sensitive !== true);

const describeRow = ({ row, verdict }: { row: GradeRow; verdict: Verdict }) =>
  `${row.input.answer.slice(0, 60)} ## ${row.input.gold.slice(0, 60)}: ${verdict.stage} ${verdict.deviations.join(',')}`;

describe('the reference verdicts', () => {
  test('every operation of the vectors is known', () => {
    expect(rows.filter(row => row.op !== 'grade' && row.op !== 'environment_grade')).toEqual([]);
    expect(gradeRows.length).toBeGreaterThan(0);
  });

  test('at least 99.5 % of the rows without a quirk agree', () => {
    const plain = decided.filter(({ row }) => row.quirk === undefined);
    const agreeing = plain.filter(({ row, verdict }) => verdict.equal === row.expected.grade);
    expect(agreeing.length / plain.length).toBeGreaterThanOrEqual(0.995);
  });

  test('no pair that the reference calls different is equal here without a rule', () => {
    const unexplained = decided.filter(
      ({ row, verdict }) => verdict.equal && !row.expected.grade && verdict.deviations.length === 0,
    );
    expect(unexplained.map(describeRow)).toEqual([]);
  });

  test('no pair that the reference calls equal is different here without a rule', () => {
    const unexplained = decided.filter(
      ({ row, verdict }) => !verdict.equal && row.expected.grade && verdict.deviations.length === 0,
    );
    expect(unexplained.map(describeRow)).toEqual([]);
  });

  test('no pair that is different by construction is equal', () => {
    expect(
      graded.filter(({ row, verdict }) => verdict.equal && row.input.equal === false).map(describeRow),
    ).toEqual([]);
  });

  test('every rule that a verdict names has its reason', () => {
    const named = new Set(graded.flatMap(({ verdict }) => verdict.deviations));
    for (const rule of named) expect(DEVIATIONS[rule].length).toBeGreaterThan(40);
  });

  test('a grader with a time limit gives the same verdicts', async () => {
    await using grader = createGrader({ timeLimitMs: 10_000 });
    const verdicts = await Promise.all(gradeRows.map(row => grader.grade(row.input.answer, row.input.gold)));
    expect(verdicts).toEqual(graded.map(({ verdict }) => verdict));
  });

  // The reference's second grader, math_verify, refuses to work in its environment and calls every answer wrong (quirk).
  // There is one grader here, so that such a row is graded like the others.
  testGoldenRows<EnvironmentRow['input'], EnvironmentRow['expected']>(
    'math_grading',
    'environment_grade',
    row => {
      const { equal } = gradeAnswer(row.input.answer, row.input.gold);
      const always = row.input.grader === 'math_verify' && row.quirk !== undefined && !row.expected.grade;
      if (!always) expect(equal).toBe(row.expected.grade);
    },
  );
});

function extraction(extract: (text: string) => string, text: string): ExtractionRow {
  try {
    return { value: extract(text) };
  } catch (error) {
    if (error instanceof ExtractionError) return { error: error.code };
    throw error;
  }
}

describe('extraction', () => {
  testGoldenRows<{ text: string }, ExtractionRow>('environments', 'extract_boxed', row => {
    expect(extraction(extractBoxed, row.input.text)).toEqual(row.expected);
  });
  testGoldenRows<{ text: string }, ExtractionRow>('environments', 'gsm8k_answer', row => {
    expect(extraction(extractGsm8kAnswer, row.input.text)).toEqual(row.expected);
  });
});
