import { expect, test } from 'vitest';
import { fill, formatNumber, formatSeconds, oneLine, truncate } from './format.js';

test.each([
  [0, '0.000'],
  [0.4123, '0.412'],
  [-0.1, '-0.100'],
  [12.345, '12.35'],
  [123.45, '123.5'],
  [4321.9, '4322'],
  [0.00012, '1.2e-4'],
  [2e7, '2.0e+7'],
  [Number.NaN, 'NaN'],
])('shows %d as %s', (value, text) => expect(formatNumber(value)).toBe(text));

test.each([
  [0, '0.0 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [59.6, '1m 00s'],
  [125, '2m 05s'],
  [3720, '1h 02m'],
])('shows %d seconds as %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

test('what a model wrote cannot move the cursor, change colours or hide itself', () => {
  expect(oneLine('a\nb\r\tc\u001B[31m\u0000\u202Ed\u2028')).toBe(
    String.raw`a\nb\r\tc\u{1b}[31m\u{0}\u{202e}d\u{2028}`,
  );
  expect(oneLine('日本語 é 👍')).toBe('日本語 é 👍');
});

test('cuts and fills by characters, not by code units', () => {
  expect(truncate('👍👍👍👍', 3, '…')).toBe('👍👍…');
  expect(truncate('abc', 3, '…')).toBe('abc');
  expect(truncate('abc', 2, '...')).toBe('..');
  expect(fill('👍', 3)).toBe('👍  ');
});
