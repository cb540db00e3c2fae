import { expect, test } from 'vitest';
import { readCommandArguments } from './command-arguments.js';

const read = (...given: string[]) => readCommandArguments(given, { rows: 'value', json: 'switch' });

test('words and flags may be mixed; of two values the later one holds; -- ends the flags', () => {
  expect(read('a', '--rows', '1', 'b', '--json', '--rows=2', '--', '--c')).toEqual({
    words: ['a', 'b', '--c'],
    flags: { rows: '2', json: true },
  });
  expect(read('--rows', '-1')).toEqual({ words: [], flags: { rows: '-1' } });
  expect(read()).toEqual({ words: [], flags: {} });
});

test.each([
  ['an unknown flag', ['--row', '1'], 'FLAG_UNKNOWN', '--rows'],
  ['a name that objects have', ['--constructor'], 'FLAG_UNKNOWN', 'one of --rows, --json, --help'],
  ['a short flag', ['-x'], 'FLAG_UNKNOWN', 'one of --rows, --json, --help'],
  ['a flag without its value', ['--rows'], 'ARGUMENT_INVALID', '--rows VALUE'],
  ['a flag in place of a value', ['--rows', '--json'], 'ARGUMENT_INVALID', '--rows VALUE'],
  ['a switch with a value', ['--json=yes'], 'ARGUMENT_INVALID', '--json'],
])('refuses %s', (_, given, code, fix) => {
  expect(() => read(...given)).toThrow(expect.objectContaining({ code, fix }));
});
