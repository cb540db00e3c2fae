/**
 * The second normalisation: unit words, currency, large-number words, LaTeX as text, mixed numbers, lower case, integers
 * in one spelling. Its steps and their order are the reference's, except where a rule in rules.ts says so.
 */
import { latexToText } from './latex-text.js';
import { asciiDigits, readNumeral, stripThousands } from './numbers.js';
import type { Deviation } from './rules.js';
import { deleteUnits } from './units.js';

export type NormalisedB = {
  readonly text: string;
  /** The same with grouping and unknown commands kept: see the rule `form-lost`. */
  readonly faithful: string;
  readonly boxes: readonly string[];
  readonly units: readonly string[];
  readonly rules: ReadonlySet<Deviation>;
};

export function normaliseB(answer: string): NormalisedB {
  const rules = new Set<Deviation>();
  let text = /^\\text\{([^\n]+?)\}$/.exec(answer)?.[1] ?? answer;
  text = text
    .replaceAll('\\%', '%')
    .replaceAll('\\$', '$')
    .replaceAll('$', '')
    .replaceAll('%', '')
    .replaceAll(' or ', ' , ')
    .replaceAll(' and ', ' , ')
    .replaceAll('million', '*10^6')
    .replaceAll('billion', '*10^9')
    .replaceAll('trillion', '*10^12');
  const deletion = deleteUnits(text);
  if (deletion.insideWord) rules.add('unit-inside-word');
  text = deletion.text.replace(/\^ *\\circ/g, '');
  if (text.startsWith('{') && text.endsWith('}')) text = text.slice(1, -1);
  text = text.replace(/,\\! */g, '');
  text = integerSpelling(text, rules);

  const latex = text.includes('\\') ? latexToText(text.replace(/\\[td]frac/g, '\\frac').replaceAll('\\frac', ' \\frac')) : undefined;
  const plain = latex?.plain === undefined ? text : mathCharacters(latex.plain);
  const faithful = latex === undefined ? groupExponents(text) : mathCharacters(latex.faithful);
  return {
    text: finish(plain, rules),
    faithful: faithful === plain ? finish(plain, new Set()) : finish(faithful, new Set()),
    boxes: latex?.boxes ?? [],
    units: deletion.units,
    rules,
  };
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
  return text.replace(/([\^_])\{([^{}]{2,})\}/g, '$1($2)');
}

function finish(source: string, rules: Set<Deviation>): string {
  let text = source.replace(/- */g, '-');
  text = signedMixed(text, rules);
  text = text.replace(/(\p{Nd}) +(?=\p{Nd})/gu, '$1+').replace(/[ {}]/g, '').toLowerCase();
  if (/\p{Nd}_\p{Nd}/u.test(text)) rules.add('base-subscript');
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
