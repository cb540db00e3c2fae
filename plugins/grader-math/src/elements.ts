/** Splits tuples and intervals, and compares two single elements. Knows nothing of LaTeX. */
import { readNumeral, stripThousands } from './numbers.js';
import type { Deviation } from './rules.js';
import { compareExpressions } from './symbolic/equal.js';

export type ElementStage =
  | 'fraction_text'
  | 'integer_strict'
  | 'symbolic_refused'
  | 'symbolic_error'
  | 'symbolic_different'
  | 'symbolic_equal';

export type ElementVerdict = {
  readonly equal: boolean;
  readonly stage: ElementStage;
  /** `numeric`: shown by a separation bound rather than by rewriting. */
  readonly by?: 'exact' | 'numeric';
};

const BRACKETS = '()[]';

/** The elements of `(a,b]`, or the whole text as one element. */
export function splitElements(source: string, rules: Set<Deviation>): string[] {
  const inner = source.slice(1, -1);
  const bracketed =
    source.length > 2 &&
    BRACKETS.includes(source[0] ?? '') &&
    BRACKETS.includes(source.at(-1) ?? '') &&
    !/[()[\]]/.test(inner);
  const stripped = stripThousands(source);
  if (!bracketed) return stripped === '' ? [] : [stripped];
  if (stripped !== source) rules.add('bracketed-thousands');
  return inner.split(',').map(element => element.trim());
}

/** The same for a text whose elements have parentheses of their own: only outer brackets and commas count. */
export function splitNested(source: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = 1;
  for (let index = 0; index < source.length; index += 1) {
    const character = source[index] ?? '';
    if ('(['.includes(character)) depth += 1;
    else if (')]'.includes(character)) depth -= 1;
    if (depth === 0 && index < source.length - 1) return [source]; // no bracket encloses the whole
    if (depth === 1 && character === ',') {
      elements.push(source.slice(start, index));
      start = index + 1;
    }
  }
  return depth === 0 && source.length > 2 ? [...elements, source.slice(start, -1)] : [source];
}

export function compareElements(answer: string, gold: string, rules: Set<Deviation>): ElementVerdict {
  if (isFraction(gold) && isFraction(answer)) return { equal: gold === answer, stage: 'fraction_text' };
  if (isInteger(gold, rules) !== isInteger(answer, rules)) return { equal: false, stage: 'integer_strict' };
  if (isRefused(`(${gold})-(${answer})`)) return { equal: false, stage: 'symbolic_refused' };
  return compareSymbolically(withoutSeparators(answer), withoutSeparators(gold), rules);
}

/** An underscore between digits, as the reference's parser reads it: see the rule `base-subscript`. */
function withoutSeparators(text: string): string {
  return text.replace(/(?<=\d)_(?=\d)/g, '');
}

/** The symbolic step without the refusals before it. */
export function compareSymbolically(answer: string, gold: string, rules: Set<Deviation>): ElementVerdict {
  if (answer !== gold && isWord(answer) && isWord(gold)) {
    rules.add('letters-as-product');
    return { equal: false, stage: 'symbolic_different' };
  }
  if (/\d\.\d|\d\.|\.\d/.test(answer + gold)) rules.add('decimals-exact');
  const verdict = compareExpressions(answer, gold);
  if (verdict.kind === 'equal') return { equal: true, stage: 'symbolic_equal', by: verdict.by };
  return { equal: false, stage: verdict.kind === 'error' ? 'symbolic_error' : 'symbolic_different' };
}

/** Fractions of two numerals must agree as text: an answer that is not reduced is wrong. */
function isFraction(text: string): boolean {
  return /^-?[0-9]+.?\/0*[1-9][0-9]*.?$/.test(text);
}

/** An integer is only equal to an integer, written as one. */
function isInteger(text: string, rules: Set<Deviation>): boolean {
  const numeral = readNumeral(stripThousands(text));
  if (numeral.kind === 'near-integer') rules.add('near-integer');
  if (numeral.kind === 'integer' && numeral.beyondDouble) rules.add('long-integer');
  return numeral.kind === 'integer';
}

/** More than two letters, grouped exponents, exponents of two digits and stacked powers are not looked into. */
function isRefused(pair: string): boolean {
  const letters = new Set(pair.replaceAll('sqrt', '').replaceAll('frac', '').match(/\p{L}/gu));
  return (
    letters.size > 2 ||
    pair.includes('^{') ||
    pair.includes('^(') ||
    /\^[0-9]+\^/.test(pair) ||
    /\^[0-9][0-9]/.test(pair)
  );
}

function isWord(text: string): boolean {
  return /^\p{L}{2,}$/u.test(text);
}
