import { expect, test } from 'vitest';
import { parseJson, stringifyJson } from './json.js';

test('integers of 64 bits are written and read exactly', () => {
  const value = { seed: 18446744073709551615n, list: [1n, -9223372036854775808n], n: 5 };
  expect(stringifyJson(value)).toBe('{"seed":18446744073709551615,"list":[1,-9223372036854775808],"n":5}');
  expect(parseJson('{"a":9007199254740993,"b":9007199254740991,"c":1e300}')).toEqual({
    a: 9007199254740993n,
    b: 9007199254740991,
    c: 1e300,
  });
});

test('bare NaN and Infinity are read, and text that contains the words is left alone', () => {
  expect(parseJson('{"a":NaN,"b":-Infinity,"c":[Infinity],"d":"NaN \\" Infinity"}')).toEqual({
    a: null,
    b: -Infinity,
    c: [Infinity],
    d: 'NaN " Infinity',
  });
  expect(() => parseJson('{"a":NaN')).toThrow(SyntaxError);
});

test('typed arrays are written as arrays', () => {
  expect(stringifyJson({ tokens: Int32Array.of(1, 2) })).toBe('{"tokens":[1,2]}');
});
