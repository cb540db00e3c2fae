import { Tokenizer } from '@huggingface/tokenizers';
import { expect, test } from 'vitest';
import { toByteCharacters } from './byte-alphabet.js';
import { trainBytePairs } from './bpe.js';
import { specialPieces, tags, tokenizerFiles } from './tokenizer-files.js';

const encoding = trainBytePairs(['What is 4 + 5?', 'What is the word lamp.', 'Repeat: lamp lamp'], 300);
const files = tokenizerFiles(encoding, 128);
const tokenizer = new Tokenizer(files['tokenizer.json'], files['tokenizer_config.json']);
const encode = (text: string): number[] => tokenizer.encode(text).ids;
const decode = (ids: number[]): string => tokenizer.decode(ids, { clean_up_tokenization_spaces: false });

/** Applies the merges one after the other, as the definition of byte-pair encoding says. */
function encodeWord(word: string): number[] {
  let pieces = toByteCharacters(word);
  for (const [left, right] of encoding.merges) {
    const next: string[] = [];
    for (const piece of pieces) {
      if (piece === right && next.at(-1) === left) next.push(next.pop()! + piece);
      else next.push(piece);
    }
    pieces = next;
  }
  return pieces.map(piece => encoding.pieces.indexOf(piece));
}

test('loads with the ids that the merges imply', () => {
  for (const word of ['What', ' is', ' lamp', 'Repeat', ' what', '?', 'é', ' Wha', 'hatlampWhat'])
    expect(encode(word)).toEqual(encodeWord(word));
  expect(encode('What is')).toEqual([...encodeWord('What'), ...encodeWord(' is')]);
});

test('decodes what it encoded, bytes of other scripts and odd spaces included', () => {
  const texts = [
    'What is 4 + 5?',
    'naïve Größe ÷ 3',
    '日本語 и ελληνικά',
    '🙂👩‍👩‍👧',
    ' two  spaces ',
    'a\n\n\tb\r\n',
    'e\u0301',
    '\0',
  ];
  for (const text of texts) expect(decode(encode(text))).toBe(text);
});

test('gives every digit a piece of its own, also behind a space or a letter', () => {
  const digits = encode('0123456789');
  expect(digits.length).toBe(10);
  expect(new Set(digits).size).toBe(10);
  expect(encode('12 345a6').filter(id => digits.includes(id)).length).toBe(6);
});

test('has one id, behind the other pieces, for each tag and each special piece', () => {
  const size = encoding.pieces.length + tags.length;
  expect(tags.map(tag => encode(tag))).toEqual(tags.map((_, index) => [encoding.pieces.length + index]));
  expect(specialPieces.map(piece => encode(piece))).toEqual([[size], [size + 1], [size + 2]]);
  expect(encode('<|im_start|>user\nWhat<|im_end|>')).toEqual([
    size + 1,
    ...encodeWord('user'),
    ...encodeWord('\n'),
    ...encodeWord('What'),
    size + 2,
  ]);
});
