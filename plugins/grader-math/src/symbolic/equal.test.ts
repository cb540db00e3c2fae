import { describe, expect, test } from 'vitest';
import { compareExpressions } from './equal.js';

const identities: readonly [string, string, 'exact' | 'numeric'][] = [
  ['(a+b)**3', 'a**3+3a**2*b+3a*b**2+b**3', 'exact'],
  ['1/(x-1)-1/(x+1)', '2/(x**2-1)', 'exact'],
  ['sqrt(12)/sqrt(27)', '2/3', 'exact'],
  ['2**(1/2)*2**(1/3)', '2**(5/6)', 'exact'],
  ['1/(1+2**(1/3))', '(1-2**(1/3)+4**(1/3))/3', 'exact'],
  ['(sqrt(x)+1)*(sqrt(x)-1)', 'x-1', 'exact'],
  ['e**x*e**(2x)', 'e**(3x)', 'exact'],
  ['4**x', '2**(2x)', 'exact'],
  ['ln(12)', '2ln(2)+ln(3)', 'exact'],
  ['sqrt(pi)*sqrt(pi)', 'pi', 'exact'],
  ['5!!', '15', 'exact'],
  ['2(1.2.3)/2', '1.2.3', 'exact'],
  ['20!/18!', '380', 'exact'],
  ['0.1+0.2', '3/10', 'exact'],
  ['sqrt(7+4*sqrt(3))', '2+sqrt(3)', 'numeric'],
  ['sqrt(2+sqrt(3))', '(sqrt(6)+sqrt(2))/2', 'numeric'],
  ['(7+5*sqrt(2))**(1/3)', '1+sqrt(2)', 'numeric'],
  // Ramanujan.
  ['(2**(1/3)-1)**(1/3)', '(1/9)**(1/3)-(2/9)**(1/3)+(4/9)**(1/3)', 'numeric'],
];

const distinct: readonly [string, string][] = [
  ['sqrt(x**2)', 'x'],
  ['sqrt(x*y)', 'sqrt(x)*sqrt(y)'],
  ['sqrt(x**2+2x+1)', 'x+1'],
  ['sqrt((x-3)**2)', '3-x'],
  ['(x**2)**(1/2)', 'x'],
  ['(-8)**(1/3)', '-2'], // the principal root is not real
  ['sqrt(-4)', '2'],
  ['ln(x**2)', '2ln(x)'],
  ['x/0', 'x/0'],
  ['0/0', '0'],
  ['1.2.3', '0.36'],
  ['sqrt(7+4*sqrt(3))', '2+sqrt(3)+1/10**60'],
  ['sqrt(2)+sqrt(3)', '3.14626436994197234232913506571557'],
  ['pi', '3.14159265358979323846264338327950288'],
  ['7**7**7', '7**7**7+1'],
  ['50000!', '50000!+1'],
];

describe('compareExpressions', () => {
  test.each(identities)('%s is %s', (left, right, by) => {
    expect(compareExpressions(left, right)).toEqual({ kind: 'equal', by });
    expect(compareExpressions(right, left)).toEqual({ kind: 'equal', by });
  });

  test.each(distinct)('%s is not %s', (left, right) => {
    expect(compareExpressions(left, right)).toEqual({ kind: 'different' });
    expect(compareExpressions(right, left)).toEqual({ kind: 'different' });
  });

  test.each([
    '',
    '1+',
    '(1',
    '1)',
    '1,2',
    '[1]',
    'x=1',
    '1..2',
    '007',
    'if',
    'ln',
    '5!!!',
    '1//2',
    '|x|',
    '%s/%s',
    '5÷2',
  ])('"%s" is not an expression', text => {
    expect(compareExpressions(text, '1')).toEqual({ kind: 'error' });
  });

  test('random expressions are equal exactly when their values are', () => {
    const random = generator(20_261_124);
    let equal = 0;
    for (let round = 0; round < 1_500; round += 1) {
      const left = randomExpression(random, 2);
      const right = round % 3 === 0 ? rewritten(left) : randomExpression(random, 2);
      const verdict = compareExpressions(left, right).kind === 'equal';
      const same = POINTS.every(([x, y]) => isSame(evaluate(left, x, y), evaluate(right, x, y)));
      const defined = POINTS.some(([x, y]) => Number.isFinite(evaluate(left, x, y)));
      if (defined) expect(`${left} ## ${right} ${verdict}`).toBe(`${left} ## ${right} ${same}`);
      if (verdict) equal += 1;
    }
    expect(equal).toBeGreaterThan(100);
  });
});

/** Positive, so that roots are real; not integers, so that nothing agrees by accident. */
const POINTS: readonly (readonly [number, number])[] = [
  [1.37, 2.91],
  [0.73, 5.13],
  [3.19, 0.41],
  [7.77, 1.23],
];

function randomExpression(random: () => number, depth: number): string {
  const pick = (choices: readonly string[]) => choices[Math.floor(random() * choices.length)] ?? 'x';
  if (depth === 0) return pick(['x', 'y', '2', '3', '1/2', 'sqrt(2)', 'sqrt(3)', 'sqrt(x)']);
  const left = randomExpression(random, depth - 1);
  const right = randomExpression(random, Math.floor(random() * depth));
  const form = pick(['(L)+(R)', '(L)-(R)', '(L)*(R)', '(L)/(R)', '(L)**2-(R)', '(L)**2*(R)']);
  return form.replace('L', left).replace('R', right);
}

function rewritten(expression: string): string {
  return `((${expression})*(x+sqrt(2))+y-(y+0))/(sqrt(2)+x)`;
}

/** The same text in JavaScript's syntax: a computation that shares nothing with the one under test. */
function evaluate(expression: string, x: number, y: number): number {
  // oxlint-disable-next-line no-implied-eval -- the text comes from randomExpression above
  const compute = new Function('x', 'y', 'sqrt', `return ${expression}`) as (
    x: number,
    y: number,
    sqrt: typeof Math.sqrt,
  ) => number;
  return compute(x, y, Math.sqrt);
}

function isSame(a: number, b: number): boolean {
  return (
    Number.isFinite(a) &&
    Number.isFinite(b) &&
    Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))
  );
}

function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
