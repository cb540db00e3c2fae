/**
 * The second normalisation: unit words, currency, large-number words, LaTeX as text, mixed numbers, lower case, integers
 * in one spelling. Its steps and their order are the reference's, except where a rule in rules.ts says so.
 */
import { latexToText } from './latex-text.js';
import { asciiDigits, readNumeral, stripThousands } from './numbers.js';
import type { Deviation } from './rules.js';
import { deleteUnits } from './units.js';

export type NormalisedB = {
  /** The reference's text. */
  readonly text: string;
  /** The text with everything kept whose loss would make different answers equal. */
  readonly faithful: string;
  /** Which rules made `faithful` differ from `text`. */
  readonly kept: ReadonlySet<Deviation>;
  readonly boxes: readonly string[];
  readonly units: readonly string[];
  readonly rules: ReadonlySet<Deviation>;
};

export function normaliseB(answer: string): NormalisedB {
  const rules = new Set<Deviation>();
  const kept = new Set<Deviation>();
  const source = (/^\\text\{([^\n]+?)\}$/.exec(answer)?.[1] ?? answer)
    .replaceAll('\\%', '%')
    .replaceAll('\\$', '$')
    .replaceAll('$', '')
    .replaceAll('%', '')
    .replaceAll(' or ', ' , ')
    .replaceAll(' and ', ' , ')
    .replaceAll('million', '*10^6')
    .replaceAll('billion', '*10^9')
    .replaceAll('trillion', '*10^12');
  const { text: withoutUnits, wholeWords, units } = deleteUnits(source);
  const crude = asText(withoutUnits, rules);
  const sameSource = wholeWords === withoutUnits && (!isBraced(withoutUnits) || isOneGroup(withoutUnits));
  const strict = sameSource ? crude : asText(wholeWords, new Set(), isOneGroup);
  const text = finish(crude.plain, rules);
  const alike = strict.faithful === crude.plain && !/\d +\d +\d/.test(crude.plain);
  const faithful = alike ? text : finish(strict.faithful, new Set(), true);
  if (wholeWords !== withoutUnits) kept.add('unit-inside-word');
  else if (faithful !== text) kept.add('form-lost');

  const joined = text.replace(/(?<=\p{Nd})_(?=\p{Nd})/gu, '');
  if (joined !== text) kept.add('base-subscript');
  return {
    text: joined === text ? text : integerSpelling(joined, rules, stripThousands(joined)),
    faithful,
    kept,
    boxes: strict.boxes,
    units,
    rules,
  };
}

/** The reference's conversion of LaTeX, and the one that keeps the form. */
function asText(
  source: string,
  rules: Set<Deviation>,
  isEnclosed = isBraced,
): { plain: string; faithful: string; boxes: readonly string[] } {
  let text = source.replace(/\^ *\\circ/g, '');
  if (isEnclosed(text)) text = text.slice(1, -1);
  text = integerSpelling(text.replace(/,\\! */g, ''), rules);
  if (!text.includes('\\')) return { plain: text, faithful: groupExponents(text), boxes: [] };
  const latex = latexToText(text.replace(/\\[td]frac/g, '\\frac').replaceAll('\\frac', ' \\frac'));
  return {
    plain: latex.plain === undefined ? text : mathCharacters(latex.plain),
    faithful: mathCharacters(latex.faithful),
    boxes: latex.boxes,
  };
}

/** What the reference takes for enclosed in braces: also `{a}^2{b}`. */
function isBraced(text: string): boolean {
  return text.startsWith('{') && text.endsWith('}');
}

/** The first brace closes at the end. */
function isOneGroup(text: string): boolean {
  if (!isBraced(text)) return false;
  let depth = 0;
  for (let index = 0; index < text.length - 1; index += 1) {
    if (text[index] === '{') depth += 1;
    else if (text[index] === '}') depth -= 1;
    if (depth === 0) return false;
  }
  return true;
}

function mathCharacters(text: string): string {
  return text
    .replaceAll('√', 'sqrt')
    .replaceAll('π', 'pi')
    .replaceAll('∞', 'inf')
    .replaceAll('∪', 'U')
    .replaceAll('·', '*')
    .replaceAll('×', '*')
    .trim();
}

/** In text without LaTeX commands braces still group: `x^{1/2}` -> `x^(1/2)`. */
function groupExponents(text: string): string {
  return text.replace(/\^\{([^{}]{2,})\}/g, '^($1)').replace(/_\{([^{}]*\W[^{}]*)\}/g, '_($1)');
}

function finish(source: string, rules: Set<Deviation>, separateAll = false): string {
  let text = source.replace(/- */g, '-');
  text = signedMixed(text, rules);
  // The reference joins every other pair only: 1 2 3 becomes 1+23, which must not equal 1 23.
  text = separateAll ? text.replace(/(\d) +(?=\d)/g, '$1+') : text.replace(/(\d) +(\d)/g, '$1+$2');
  text = text.replace(/[ {}]/g, '').toLowerCase();
  return integerSpelling(text, rules, stripThousands(text));
}

/** `-2 3/5` -> `-2-3/5`: the sign covers the fraction. */
function signedMixed(text: string, rules: Set<Deviation>): string {
  return text.replace(/-(\d+) +(\d+\/)/g, (_, whole: string, fraction: string) => {
    rules.add('negative-mixed');
    return `-${whole}-${fraction}`;
  });
}

function integerSpelling(text: string, rules: Set<Deviation>, numeralText = text): string {
  const numeral = readNumeral(numeralText);
  if (numeral.kind === 'near-integer') rules.add('near-integer');
  if (numeral.kind !== 'integer') return text;
  if (numeral.beyondDouble) rules.add('long-integer');
  return asciiDigits(numeral.text);
}
