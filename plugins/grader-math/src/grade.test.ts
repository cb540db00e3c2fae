import { describe, expect, test } from 'vitest';
import { gradeAnswer } from './grade.js';

const equal: readonly [answer: string, gold: string, why: string][] = [
  ['\\frac{1}{2}', '0.5', 'the first normalisation knows a half'],
  ['\\dfrac{3}{4}', '\\frac34', 'spellings of a fraction'],
  ['x = 5', '5', 'a name on one side only'],
  ['5\\text{ cm}', '5', 'a unit on one side only'],
  ['36 square', '36square', 'spaces'],
  ['1,234', '1234', 'thousands'],
  ['(x+1)^2', 'x^2+2x+1', 'a polynomial multiplied out'],
  ['\\frac{1}{\\sqrt{2}}', '\\frac{\\sqrt{2}}{2}', 'a rationalised denominator'],
  ['sqrt(8)', '2sqrt(2)', 'a square taken out of a root'],
  ['1/(sqrt(x)-1)', '(sqrt(x)+1)/(x-1)', 'a rationalised denominator with a variable'],
  ['(x^2-1)/(x-1)', 'x+1', 'a cancelled factor'],
  ['2**(x+1)', '2*2**x', 'a power with a symbolic exponent'],
  ['ln(8)', '3ln(2)', 'a logarithm of a power'],
  ['sqrt(3+2*sqrt(2))', '1+sqrt(2)', 'a nested root'],
  ['sqrt(x+1)*sqrt(x+1)', 'x+1', 'a root squared'],
  ['(3.0, 4)', '(3,4)', 'elements of a tuple'],
  ['-2 3/5', '-13/5', 'the sign of a mixed number'],
  ['x(x+1)', 'x^2+x', 'a product without a sign'],
];

const different: readonly [answer: string, gold: string, why: string][] = [
  ['6*7!', '30240', 'an integer must be written as one'],
  ['2/4', '1/2', 'a fraction must be reduced'],
  ['x=3', 'y=3', 'two names'],
  ['[5,429)', '[5,429]', 'two kinds of bracket'],
  ['(5,429)', '5429', 'a pair and a number'],
  ['no', 'on', 'two words'],
  ['3323_9', '33239', 'a base'],
  ['57212982747651424667', '57212982747651424666', 'the last of many digits'],
  ['30.00000001', '30', 'a small difference'],
  ['36\\text{ cm}+4', '36\\text{ cm}', 'a term after the unit'],
  ['kilometer', 'kilo', 'a word that holds a unit'],
  ['36 cm^2', '36 cm', 'two units'],
  ['3 1/2', '31/2', 'a mixed number and a fraction'],
  ['x^{1/2}', '\\frac{x}{2}', 'a grouped exponent'],
  ['\\sqrt[3]{2}', '\\sqrt{2}', 'the degree of a root'],
  ['\\binom{5}{2}', '52', 'a binomial'],
  ['0.\\overline{3}', '0.3', 'a repeating decimal'],
  ['\\frac{x+1}{2}', 'x+\\frac12', 'a grouped numerator'],
  ['\\frac{1}{2\\pi}', '\\frac{\\pi}{2}', 'a grouped denominator'],
  ['x \\lt 5', 'x \\gt 5', 'two commands that the reference does not know'],
  ['\\mbox{(B)}', '\\mbox{(C)}', 'the contents of a box'],
  ['3.3333333333', '\\frac{10}{3}', 'a rounded decimal'],
  ['sqrt(x**2)', 'x', 'a root that is an absolute value'],
  ['1.41421356237309504880168872420969807856967187537694', 'sqrt(2)', 'fifty digits of an irrational number'],
  ['sqrt(3+2*sqrt(2))', '2.414213562373095048801688724209698', 'a nested root, rounded'],
  ['1/0', '1/0+0', 'an undefined value'],
  ['', '5', 'nothing'],
];

describe('gradeAnswer', () => {
  test.each(equal)('%s equals %s: %s', (answer, gold) => {
    expect(gradeAnswer(answer, gold)).toMatchObject({ equal: true });
    expect(gradeAnswer(gold, answer)).toMatchObject({ equal: true });
  });

  test.each(different)('%s differs from %s: %s', (answer, gold) => {
    expect(gradeAnswer(answer, gold)).toMatchObject({ equal: false });
    expect(gradeAnswer(gold, answer)).toMatchObject({ equal: false });
  });

  test('names the step that decided and the rule that was applied', () => {
    expect(gradeAnswer('\\frac12', '1/2')).toEqual({ equal: true, stage: 'norm_a', deviations: [] });
    expect(gradeAnswer('5 meters', '5')).toEqual({ equal: true, stage: 'norm_b', deviations: [] });
    expect(gradeAnswer('x=3', 'y=3')).toEqual({
      equal: false,
      stage: 'norm_a',
      deviations: ['variable-prefix'],
    });
    expect(gradeAnswer('(1,2)', '(1,2,3)')).toEqual({ equal: false, stage: 'structure', deviations: [] });
    expect(gradeAnswer('2(x+1)', '2x+2')).toEqual({
      equal: true,
      stage: 'symbolic_equal',
      by: 'exact',
      deviations: [],
    });
    expect(gradeAnswer('sqrt(3+2*sqrt(2))', '1+sqrt(2)')).toMatchObject({
      stage: 'symbolic_equal',
      by: 'numeric',
    });
    expect(gradeAnswer('abc', 'abd')).toMatchObject({ equal: false, stage: 'symbolic_refused' });
  });
});
