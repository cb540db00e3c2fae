/**
 * Reads the text that the second normalisation leaves, with the grammar of the reference's parser: implicit products,
 * words split into letters, `!` for factorials, `^` and `**` for powers. Everything is a letter except pi, inf and the
 * few function names; i and e are plain variables there, and so they are here.
 */

export type Expression =
  | { readonly kind: 'number'; readonly digits: string; readonly scale: number; readonly decimal: boolean }
  | { readonly kind: 'symbol'; readonly name: string }
  | {
      readonly kind: 'sum' | 'difference' | 'product' | 'quotient' | 'power';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'negative'; readonly of: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

/** The text is not an expression of this grammar: the two answers are then not equal. */
export class NotAnExpression extends Error {}

const MAX_DEPTH = 90; // the reference's interpreter refuses about 100 nested parentheses
const MAX_LENGTH = 20_000;
const CONSTANTS = new Set(['pi']);
const INFINITE = new Set(['oo', 'zoo', 'nan']);
/** Names of functions in the reference's namespace with at most two different letters: others are refused before. */
const FUNCTIONS = new Set([
  'sqrt',
  'ln',
  're',
  'im',
  'ff',
  'rf',
  'li',
  'jn',
  'yn',
  'hn1',
  'hn2',
  'csc',
  'frac',
  'fu',
  'gff',
]);
const RESERVED = new Set(['if', 'in', 'is', 'as', 'or', 'all', 'id', 'eye', 'fft', 'ntt']);
const GREEK = new Set(['pi', 'mu', 'nu', 'xi', 'chi', 'eta', 'psi', 'phi', 'rho', 'tau']);

type Token = { readonly kind: 'number' | 'name' | 'operator'; readonly text: string };

export function readExpression(source: string): Expression {
  if (source.length > MAX_LENGTH) throw new NotAnExpression('too long');
  const parser = new Parser(tokens(source));
  const expression = parser.sum(0);
  if (!parser.atEnd()) throw new NotAnExpression('text is left over');
  return expression;
}

/** Opaque: a numeral with a base, and 1.2.3, which is whatever it is but not 1.2 times 0.3. */
const TOKEN =
  /(?<opaque>\d+_(?:\d+|\(\d+\))|\d*(?:\.\d+){2,})|(?<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}\p{M}_]*)|(?<operator>\*\*|[-+*/^()!,])/uy;

function tokens(source: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const groups = TOKEN.exec(source)?.groups;
    if (groups === undefined) throw new NotAnExpression('a character is not part of the grammar');
    if (groups.opaque !== undefined) found.push({ kind: 'name', text: groups.opaque.replace(/[()]/g, '') });
    else if (groups.number !== undefined) {
      if (/^0\d*[1-9]\d*$/.test(groups.number)) throw new NotAnExpression('an integer has a leading zero');
      if (found.at(-1)?.kind === 'number') throw new NotAnExpression('two numerals stand side by side');
      found.push({ kind: 'number', text: groups.number });
    } else if (groups.name !== undefined) found.push(...words(groups.name, source[TOKEN.lastIndex] === '('));
    else found.push({ kind: 'operator', text: groups.operator === '^' ? '**' : (groups.operator ?? '') });
  }
  return found;
}

/** A name that is not known is the product of its letters and digit runs, unless it has an underscore. */
function words(name: string, called: boolean): Token[] {
  if (INFINITE.has(name) || RESERVED.has(name)) throw new NotAnExpression(`"${name}" is not a number`);
  const single =
    name.includes('_') ||
    CONSTANTS.has(name) ||
    GREEK.has(name) ||
    FUNCTIONS.has(name) ||
    isOneCharacter(name);
  if (FUNCTIONS.has(name) && !called) throw new NotAnExpression(`"${name}" is a function`);
  if (single) return [{ kind: 'name', text: name }];
  return (name.match(/\p{Nd}+|[^]/gu) ?? []).map(part => ({
    kind: /^\p{Nd}/u.test(part) ? 'number' : 'name',
    text: part,
  }));
}

function isOneCharacter(text: string): boolean {
  return /^.$/u.test(text);
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  sum(depth: number): Expression {
    if (depth > MAX_DEPTH) throw new NotAnExpression('nested too deeply');
    let left = this.#product(depth);
    for (;;) {
      if (this.#take('+')) left = { kind: 'sum', left, right: this.#product(depth) };
      else if (this.#take('-')) left = { kind: 'difference', left, right: this.#product(depth) };
      else return left;
    }
  }

  #product(depth: number): Expression {
    let left = this.#signed(depth);
    for (;;) {
      if (this.#take('*')) left = { kind: 'product', left, right: this.#signed(depth) };
      else if (this.#take('/')) {
        if (this.#is('/')) throw new NotAnExpression('floor division');
        left = { kind: 'quotient', left, right: this.#signed(depth) };
      } else if (this.#startsFactor()) left = { kind: 'product', left, right: this.#power(depth) };
      else return left;
    }
  }

  #signed(depth: number): Expression {
    if (depth > MAX_DEPTH) throw new NotAnExpression('nested too deeply');
    if (this.#take('-')) return { kind: 'negative', of: this.#signed(depth + 1) };
    if (this.#take('+')) return this.#signed(depth + 1);
    return this.#power(depth);
  }

  #power(depth: number): Expression {
    const base = this.#postfix(depth);
    if (!this.#take('**')) return base;
    return { kind: 'power', left: base, right: this.#signed(depth + 1) };
  }

  #postfix(depth: number): Expression {
    const operand = this.#primary(depth);
    let marks = 0;
    while (this.#take('!')) marks += 1;
    if (marks === 0) return operand;
    if (marks > 2) throw new NotAnExpression('more than two factorial marks');
    return { kind: 'call', name: marks === 1 ? 'factorial' : 'factorial2', args: [operand] };
  }

  #primary(depth: number): Expression {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new NotAnExpression('the text ends early');
    this.#at += 1;
    if (token.kind === 'number') return numberOf(token.text);
    if (token.kind === 'name') {
      if (FUNCTIONS.has(token.text) && this.#is('('))
        return { kind: 'call', name: token.text, args: this.#args(depth) };
      return { kind: 'symbol', name: token.text };
    }
    if (token.text !== '(') throw new NotAnExpression(`"${token.text}" stands where a value should`);
    const inner = this.sum(depth + 1);
    if (!this.#take(')')) throw new NotAnExpression('a parenthesis is not closed');
    return inner;
  }

  #args(depth: number): Expression[] {
    this.#at += 1;
    const args = [this.sum(depth + 1)];
    while (this.#take(',')) args.push(this.sum(depth + 1));
    if (!this.#take(')')) throw new NotAnExpression('a parenthesis is not closed');
    return args;
  }

  #startsFactor(): boolean {
    const token = this.#tokens[this.#at];
    return token !== undefined && (token.kind !== 'operator' || token.text === '(');
  }

  #is(operator: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'operator' && token.text === operator;
  }

  #take(operator: string): boolean {
    if (!this.#is(operator)) return false;
    this.#at += 1;
    return true;
  }
}

const MAX_EXPONENT = 400;

/** A numeral as integer digits and a power of ten: `2.50e-1` -> 250 * 10^-3. */
function numberOf(text: string): Expression {
  const [mantissa = '', exponent = '0'] = text.split('e');
  const [whole = '', part = ''] = mantissa.split('.');
  const scale = Number(exponent) - part.length;
  if (Math.abs(scale) > MAX_EXPONENT + text.length) throw new NotAnExpression('the exponent is too large');
  return { kind: 'number', digits: whole + part || '0', scale, decimal: /[.e]/.test(text) };
}
