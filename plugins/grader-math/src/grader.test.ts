import { describe, expect, test } from 'vitest';
import { createGrader, GraderClosedError } from './grader.js';

/** Each term is a number of 2.3 million bits: seconds of exact arithmetic. */
const SLOW = Array.from({ length: 400 }, (_, index) => `7**7**7*${index + 1}`).join('+');
const TIME_LIMIT_MS = 300;
/** What a busy machine may add to a limit: starting a thread, delivering a message. */
const SLACK_MS = 1_500;
const MEGABYTE = 2 ** 20;

const repeated = (text: string) => text.repeat(Math.ceil(MEGABYTE / text.length));

const adversarial: readonly [name: string, answer: string, gold: string][] = [
  ['a tower of powers', '9**9**9**9', '9**9**9**9+0'],
  ['a huge exponent', '2**99999999999999', '2**99999999999998*2'],
  ['a huge exponent of a sum', '(x+y)**999999', '(y+x)**999999+0'],
  ['a product of many terms', '(x+y)**300*(x-y)**300', '(x*x-y*y)**300'],
  ['a huge factorial', '99999999999!', '99999999999!+1'],
  ['factorials of factorials', '9!!!!', '9!!!!+0'],
  ['nested parentheses', `${'('.repeat(100_000)}x${')'.repeat(100_000)}`, 'x+1'],
  ['nested signs', `${'-'.repeat(100_000)}x`, 'x+1'],
  ['nested roots', `${'sqrt('.repeat(80)}2${')'.repeat(80)}`, '1.0000001'],
  ['nested fractions', `${'\\frac{'.repeat(100_000)}1${'}{2}'.repeat(100_000)}`, '\\pi'],
  ['nested groups', `${'{'.repeat(MEGABYTE / 2)}${'}'.repeat(MEGABYTE / 2)}\\pi`, '1'],
  ['a megabyte of digits', repeated('1'), `${repeated('1')}0`],
  ['a megabyte of decimals', `0.${repeated('3')}`, '1/3'],
  ['a megabyte of sums', `${repeated('1+')}1`, 'x'],
  ['a megabyte of thousands', `1${repeated(',111')}`, '1'],
  ['a megabyte of commas', repeated(','), '1'],
  ['a megabyte of opening braces', `${repeated('{')}\\pi`, '1'],
  ['a megabyte of closing braces', `${repeated('}')}\\pi`, '1'],
  ['a megabyte of backslashes', repeated('\\'), '1'],
  ['a megabyte of broken lines', `${repeated('\\\\[')}\\pi`, '1'],
  ['a megabyte of fractions', repeated('\\frac'), '\\frac12'],
  ['a megabyte of beginnings', repeated('\\begin{'), '1'],
  ['a megabyte of matrices', repeated('\\begin{pmatrix}1&'), '1'],
  ['a megabyte of units', repeated('centimeters '), '1'],
  ['a megabyte of spaces', `1${repeated(' ')}1`, '1 2'],
  ['a megabyte of letters', repeated('ab'), 'ba'],
  ['a megabyte of carets', repeated('^'), '1'],
];

describe('createGrader', () => {
  test.each(adversarial)('answers within its limit: %s', async (_, answer, gold) => {
    await using grader = createGrader({ timeLimitMs: TIME_LIMIT_MS });
    await grader.grade('1', '1'); // the thread is running
    for (const pair of [
      [answer, gold],
      [gold, answer],
    ] as const) {
      const start = performance.now();
      const verdict = await grader.grade(...pair);
      expect(performance.now() - start).toBeLessThan(TIME_LIMIT_MS + SLACK_MS);
      expect(verdict.equal).toBe(false);
    }
    expect(await grader.grade('2x+2', '2(x+1)')).toMatchObject({ equal: true });
  });

  test('kills what takes too long, says so, and goes on with the next pair', async () => {
    await using grader = createGrader({ timeLimitMs: TIME_LIMIT_MS });
    const verdicts = await Promise.all([
      grader.grade(SLOW, `${SLOW}+1/2`),
      grader.grade('1/2', '\\frac{1}{2}'),
      grader.grade(SLOW, `${SLOW}+1/3`),
      grader.grade('x+1', '1+x'),
    ]);
    expect(verdicts.map(({ equal, stage }) => [equal, stage])).toEqual([
      [false, 'timeout'],
      [true, 'norm_a'],
      [false, 'timeout'],
      [true, 'symbolic_equal'],
    ]);
  });

  test('leaves the calling thread free while a pair is graded', async () => {
    await using grader = createGrader({ timeLimitMs: TIME_LIMIT_MS });
    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 10);
    await grader.grade(SLOW, `${SLOW}+1/2`);
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(5);
  });

  test('a slow pair holds up one thread of several', async () => {
    await using grader = createGrader({ timeLimitMs: 20_000, threads: 2 });
    await Promise.all([grader.grade('1', '1'), grader.grade('2', '2')]);
    let slowIsDone = false;
    const slow = grader.grade(SLOW, `${SLOW}+1/2`).then(
      () => (slowIsDone = true),
      () => (slowIsDone = true),
    );
    expect(await grader.grade('1', '1')).toMatchObject({ equal: true });
    expect(slowIsDone).toBe(false);
    await grader.dispose();
    await slow;
  });

  test('rejects what is waiting when it is disposed, and what comes after', async () => {
    const grader = createGrader();
    const waiting = grader.grade('1', '1');
    const [outcome] = await Promise.allSettled([waiting, grader.dispose()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'GRADER_CLOSED' } });
    await expect(grader.grade('1', '1')).rejects.toThrow(GraderClosedError);
    await grader.dispose();
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a time limit of %s', timeLimitMs => {
    expect(() => createGrader({ timeLimitMs })).toThrow(RangeError);
  });

  test.each([0, 1.5])('refuses %s threads', threads => {
    expect(() => createGrader({ threads })).toThrow(RangeError);
  });
});
