/**
 * The first normalisation, on the LaTeX text: the string comparison that data sets of competition mathematics are graded
 * with. Deliberately crude; its steps and their order are the reference's, except where a rule in rules.ts says so.
 */
import type { Deviation } from './rules.js';
import { canonicalUnit } from './units.js';

export type NormalisedA = {
  readonly text: string;
  /** What stood before `=` and was dropped. */
  readonly prefix?: string;
  readonly unit?: string;
  readonly rules: ReadonlySet<Deviation>;
};

/** The reference gives up on a text that one of its steps cannot handle, and keeps it as it was. */
class Unhandled extends Error {}

export function normaliseA(answer: string): NormalisedA {
  const trimmed = answer.trim();
  const content = /^\\text\{([^\n]+?)\}$/.exec(trimmed)?.[1]?.trim() ?? trimmed;
  const rules = new Set<Deviation>();
  try {
    return { ...strip(content, rules), rules };
  } catch (error) {
    if (error instanceof Unhandled) return { text: content, rules };
    throw error;
  }
}

function strip(answer: string, rules: Set<Deviation>): Omit<NormalisedA, 'rules'> {
  let text = answer
    .replaceAll('\n', '')
    .replaceAll('\\!', '')
    .replaceAll('\\\\', '\\')
    .replaceAll('tfrac', 'frac')
    .replaceAll('dfrac', 'frac')
    .replaceAll('\\left', '')
    .replaceAll('\\right', '')
    .replaceAll('^{\\circ}', '')
    .replaceAll('^\\circ', '')
    .replaceAll('\\$', '');

  const cut = cutUnit(text, rules);
  text = cut.text.replaceAll('\\%', '').replaceAll(' .', ' 0.').replaceAll('{.', '{0.');
  if (text.length === 0) return { text };
  if (text.startsWith('.')) text = `0${text}`;

  const sides = text.split('=');
  const prefix = sides.length === 2 && codePoints(sides[0] ?? '') <= 2 ? sides[0] : undefined;
  if (prefix !== undefined) text = sides[1] ?? '';

  text = braceSquareRoots(text);
  const mixed = /\d +\d+ *\/ *\d/.test(text);
  if (mixed) rules.add('mixed-joined');
  text = mixed ? text.replace(/(\d) +(?=\d+ *\/ *\d)/g, '$1+').replaceAll(' ', '') : text.replaceAll(' ', '');
  text = braceFractions(text);
  if (text === '0.5') text = '\\frac{1}{2}';
  text = slashToFraction(text);
  return {
    text,
    ...(prefix === undefined || prefix.trim() === '' ? {} : { prefix: prefix.trim().toLowerCase() }),
    ...(cut.unit === undefined ? {} : { unit: cut.unit }),
  };
}

/** `5\text{ cm}^2` -> `5` with the unit `cm^2`. */
function cutUnit(text: string, rules: Set<Deviation>): { text: string; unit?: string } {
  const opening = '\\text{ ';
  const parts = text.split(opening);
  if (parts.length === 1) return { text };
  if (parts.length !== 2) throw new Unhandled();
  const [before = '', after = ''] = parts;
  const tail = /^(?<words>[^{}]*)\}?(?<power> *\^ *(?:\d|\{\d+\}))?[.\s]*$/.exec(after)?.groups;
  if (tail === undefined) {
    rules.add('text-cut');
    return { text };
  }
  const unit = canonicalUnit((tail.words ?? '') + (tail.power ?? ''));
  return unit === undefined ? { text: before } : { text: before, unit };
}

/** `\sqrt3` -> `\sqrt{3}` */
function braceSquareRoots(text: string): string {
  const [head = '', ...rest] = text.split('\\sqrt');
  return (
    head +
    rest
      .map(part => {
        if (part.startsWith('{')) return `\\sqrt${part}`;
        const radicand = firstCodePoint(part);
        return `\\sqrt{${radicand}}${part.slice(radicand.length)}`;
      })
      .join('')
  );
}

/** `\frac12` -> `\frac{1}{2}`, `\frac1{72}` -> `\frac{1}{72}` */
function braceFractions(text: string): string {
  const [head = '', ...rest] = text.split('\\frac');
  const parts: string[] = [head];
  for (const part of rest) {
    if (part.length === 0) throw new Unhandled();
    if (part.startsWith('{')) {
      parts.push(`\\frac${part}`);
      continue;
    }
    const above = firstCodePoint(part);
    const below = firstCodePoint(part.slice(above.length));
    if (below === '') return text;
    const tail = part.slice(above.length + below.length);
    parts.push(below === '{' ? `\\frac{${above}}{${tail}` : `\\frac{${above}}{${below}}${tail}`);
  }
  return parts.join('');
}

/** `3/4` -> `\frac{3}{4}` when both are integers in their usual spelling. */
function slashToFraction(text: string): string {
  const [above = '', below = '', ...more] = text.split('/');
  if (!text.includes('/') || more.length > 0) return text;
  const integer = /^\s*[+-]?\d+(?:_\d+)*\s*$/;
  if (!integer.test(above) || !integer.test(below)) return text;
  const usual = /^(?:0|-?[1-9]\d*)$/;
  if (!usual.test(above) || !usual.test(below)) throw new Unhandled();
  return `\\frac{${above}}{${below}}`;
}

function firstCodePoint(text: string): string {
  const point = text.codePointAt(0);
  return point === undefined ? '' : String.fromCodePoint(point);
}

/** Length in code points, as the reference counts; only short texts are of interest. */
function codePoints(text: string): number {
  return text.length > 8 ? text.length : Array.from(text).length;
}
