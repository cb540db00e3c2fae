import { describe, expect, test } from 'vitest';
import { JsonError, loads } from './json-parser.js';
import { dumps } from './json.js';
import { capitalize, str, strip } from './text.js';

describe('JSON comes back as Python writes it', () => {
  test.each([
    ['[3.0, 1e-07, 1e+22, -0.0, 12345678901234567890, 0.1]'],
    ['{"b": 1, "10": 2, "9": 3}'],
    ['"\\u00e9 \\ud83d\\ude00 \\u2028 \\u007f"'.replace('\\u007f', '\u007f')],
    ['[NaN, Infinity, -Infinity, true, null, [], {}]'],
  ])('%s', text => expect(dumps(loads(text))).toBe(text));

  test('compact, sorted, not escaped', () => {
    const value = loads('{"b": "é", "a": [1, 2]}');
    expect(dumps(value, { compact: true, sortKeys: true })).toBe('{"a":[1,2],"b":"\\u00e9"}');
    expect(dumps(value, { ascii: false })).toBe('{"b": "é", "a": [1, 2]}');
  });
});

test.each(['', '{', '{bad}', '[1,]', '01', '"a', '"\n"', '1 2', "{'a': 1}", '['.repeat(5000)])(
  'refuses %s',
  text => expect(() => loads(text)).toThrow(JsonError),
);

test('a key that comes twice has its last value, in its first place', () => {
  expect(dumps(loads('{"a": 1, "b": 2, "a": 3}'))).toBe('{"a": 3, "b": 2}');
});

test('str writes Python', () => {
  expect(str(loads('[true, null, "it\'s", 3.0]'))).toBe('[True, None, "it\'s", 3.0]');
});

test('space is what Python takes for space', () => {
  expect(strip('\u0085\u001c a \ufeff')).toBe('a \ufeff');
  expect(capitalize('tOOL')).toBe('Tool');
});
