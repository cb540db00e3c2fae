import { expect, test } from 'vitest';
import { pythonInt } from './python-int.js';

test.each([
  ['7', 7n],
  [' +7\t', 7n],
  ['-0012', -12n],
  ['1_0', 10n],
  ['１２', 12n],
  ['\u00a05\u2003', 5n],
  ['9'.repeat(4300), BigInt('9'.repeat(4300))],
])('reads %j', (text, value) => expect(pythonInt(text)).toBe(value));

test.each(['', ' ', '+', '1__0', '_1', '1_', '5.0', '0x5', '1e3', '- 5', '5\uFEFF', '9'.repeat(4301)])(
  'refuses %j',
  text => expect(pythonInt(text)).toBeUndefined(),
);
