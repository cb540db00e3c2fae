import { expect, test } from 'vitest';
import { createStopRule } from './stop-rule.js';

const decode = (tokens: readonly number[]) => String.fromCodePoint(...tokens);
const encode = (text: string) => Array.from(text, letter => letter.codePointAt(0)!);

/** The text up to where the rule ends it. */
function run(text: string, stops: readonly string[]): string {
  const rule = createStopRule([], stops, decode);
  const tokens = encode(text);
  const end = tokens.findIndex((_, i) => rule.ends(tokens.slice(0, i + 1)));
  return end < 0 ? text : decode(tokens.slice(0, end + 1));
}

test('a stop token ends a sample, wherever it stands', () => {
  const rule = createStopRule([7], [], undefined);
  expect(rule.ends([1, 2])).toBe(false);
  expect(rule.ends([1, 7])).toBe(true);
});

test('a stop string ends it with the token that completes the string', () => {
  expect(run('one. two. three', ['. t'])).toBe('one. t');
  expect(run('abc', ['x', 'bc'])).toBe('abc');
  expect(run('nothing here', ['!'])).toBe('nothing here');
});

test('a stop string of several bytes per letter is found in a long text', () => {
  expect(run(`${'a'.repeat(500)}Ende: größer`, ['größ'])).toBe(`${'a'.repeat(500)}Ende: größ`);
});

test('nothing ends a sample that has no stop', () => {
  expect(createStopRule([], [], undefined).ends([0])).toBe(false);
});
