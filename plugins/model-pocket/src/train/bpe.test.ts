import { expect, test } from 'vitest';
import { toByteCharacters } from './byte-alphabet.js';
import { trainBytePairs } from './bpe.js';

test('merges the most frequent pair first and builds on what it merged', () => {
  const { pieces, merges } = trainBytePairs(['abab abab', 'abc'], 259);
  expect(merges).toEqual([
    ['a', 'b'],
    ['ab', 'ab'],
  ]);
  expect(pieces.slice(256)).toEqual(['ab', 'abab']);
});

test('decides equal counts by the order of the pieces, whatever the order of the texts', () => {
  const texts = ['zy zy', 'xw xw', 'vu vu'];
  expect(trainBytePairs(texts, 262)).toEqual(trainBytePairs(texts.toReversed(), 262));
});

test('never merges digits, nor across a word, and stops when no pair occurs twice', () => {
  const { merges } = trainBytePairs(['1234 1234 1234', 'no no', 'once'], 1000);
  expect(merges).toEqual([['n', 'o']]);
});

test('a fixed text becomes one piece at the end, found before all else, and rare words teach nothing', () => {
  const { pieces, merges, splitPattern } = trainBytePairs(['ab [x] cd cd', 'cd'], 258, {
    fixedTexts: [' [x] '],
    leastCount: 2,
  });
  expect(merges).toEqual([['c', 'd']]);
  expect(pieces.slice(256)).toEqual(['cd', 'Ġ[x]Ġ']);
  expect('ab [x] cd'.match(new RegExp(splitPattern, 'gu'))).toEqual(['ab', ' [x] ', 'cd']);
});

test('spells every byte in one character', () => {
  expect(toByteCharacters(' é\n')).toEqual(['Ġ', 'Ã', '©', 'Ċ']);
});
