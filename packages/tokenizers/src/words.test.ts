import { expect, test } from 'vitest';
import { createWordEncoder, matchWhole } from './words.js';

const lengths = () => {
  const asked: string[] = [];
  const encode = createWordEncoder({
    cuts: [text => text.split(/(?= )/)],
    encodeWord: word => (asked.push(word), [word.length]),
  });
  return { encode, asked };
};

test('a word that has been there before is not encoded again', () => {
  const { encode, asked } = lengths();
  expect(encode('one two one two')).toEqual([3, 4, 4, 4]);
  expect(asked).toEqual(['one', ' two', ' one']);
});

test('a word pushed out by newer ones is encoded again, and long ones are not kept', () => {
  const { encode, asked } = lengths();
  const long = 'x'.repeat(65);
  encode(long);
  encode(long);
  expect(asked).toEqual([long, long]);
  encode('first');
  for (let index = 0; index < 65_536; index++) encode(`w${index}`);
  asked.length = 0;
  encode('first');
  encode('w65535');
  expect(asked).toEqual(['first']);
});

const otherwise = (text: string) => ['other', text];

test('a pattern that leaves something out is not trusted to have cut the text', () => {
  expect(matchWhole('ab12', /[a-z]+|\d/g, otherwise)).toEqual(['ab', '1', '2']);
  expect(matchWhole('ab-12', /[a-z]+|\d/g, otherwise)).toEqual(['other', 'ab-12']);
  expect(matchWhole('', /[a-z]+/g, otherwise)).toEqual([]);
});
