/** `json.loads`: what Python accepts, no more and no less. Objects become Maps. */
import { type Json, PythonFloat } from './json.js';

/** What is wrong, in a few words, and where. */
export class JsonError extends Error {}

/** Python refuses longer integers. */
const MOST_DIGITS = 4300;
/** Python's recursion limit, roughly. */
const DEEPEST = 900;

/** @throws {JsonError} */
export function loads(text: string): Json {
  let position = 0;

  const fail = (what: string): never => {
    throw new JsonError(`${what}: character ${position}`);
  };
  const skipSpace = () => {
    while (' \t\n\r'.includes(text[position] ?? '-')) position++;
  };

  function value(depth: number): Json {
    if (depth > DEEPEST) fail('nested too deeply');
    const next = text[position];
    if (next === '"') return string();
    if (next === '{') return object(depth);
    if (next === '[') return list(depth);
    for (const [word, meaning] of words) {
      if (text.startsWith(word, position)) {
        position += word.length;
        return meaning;
      }
    }
    return number();
  }

  function string(): string {
    pattern.string.lastIndex = position;
    const match = pattern.string.exec(text);
    if (!match) return fail('Unterminated or invalid string');
    position = pattern.string.lastIndex;
    return JSON.parse(match[0]) as string;
  }

  function number(): Json {
    pattern.number.lastIndex = position;
    const match = pattern.number.exec(text);
    if (!match) return fail('Expecting value');
    position = pattern.number.lastIndex;
    const [digits, fraction, exponent] = match;
    if (fraction !== undefined || exponent !== undefined) {
      const float = Number(digits);
      return Number.isInteger(float) || !Number.isFinite(float) ? new PythonFloat(float) : float;
    }
    if (digits.length > MOST_DIGITS) fail('integer with too many digits');
    const integer = BigInt(digits);
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
  }

  function list(depth: number): Json {
    const items: Json[] = [];
    position++;
    skipSpace();
    if (text[position] === ']') return (position++, items);
    for (;;) {
      items.push(value(depth + 1));
      skipSpace();
      const next = text[position++];
      if (next === ']') return items;
      if (next !== ',') return (position--, fail("Expecting ',' delimiter"));
      skipSpace();
    }
  }

  function object(depth: number): Json {
    const fields = new Map<string, Json>();
    position++;
    skipSpace();
    if (text[position] === '}') return (position++, fields);
    for (;;) {
      if (text[position] !== '"') fail('Expecting property name enclosed in double quotes');
      const key = string();
      skipSpace();
      if (text[position++] !== ':') return (position--, fail("Expecting ':' delimiter"));
      skipSpace();
      fields.set(key, value(depth + 1));
      skipSpace();
      const next = text[position++];
      if (next === '}') return fields;
      if (next !== ',') return (position--, fail("Expecting ',' delimiter"));
      skipSpace();
    }
  }

  const pattern = {
    // eslint-disable-next-line no-control-regex -- control characters are what a JSON string must not hold
    string: /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y,
    number: /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y,
  };
  skipSpace();
  const result = value(0);
  skipSpace();
  if (position < text.length) fail('Extra data');
  return result;
}

const words: readonly (readonly [string, Json])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', new PythonFloat(NaN)],
  ['Infinity', new PythonFloat(Infinity)],
  ['-Infinity', new PythonFloat(-Infinity)],
];
