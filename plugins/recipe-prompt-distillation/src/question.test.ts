import { expect, test } from 'vitest';
import { judgeAnswer, questionOf } from './question.js';

const whole = { pattern: undefined, labels: undefined };
const labelled = { pattern: /Final Answer: (\w+)/u, labels: ['en', 'de'] };
const said = (answer: string, isCut = false) => ({ answer, isCut });

test('a prompt with a place for the text is one message, any other stands before the text', () => {
  expect(questionOf('Say $& of {text}: {text}', 'a $1 b')).toEqual([
    { role: 'user', content: 'Say $& of a $1 b: a $1 b' },
  ]);
  expect(questionOf('Be brief.', 'Hi {text}')).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi {text}' },
  ]);
});

test('without a pattern the whole answer is kept, unless it was cut off', () => {
  expect(judgeAnswer(said(' Aye. \n'), whole)).toEqual({ label: 'Aye.' });
  expect(judgeAnswer(said('Aye, and', true), whole)).toEqual({ dropped: 'cut' });
});

test('with a pattern its first group is kept, or all that matches; what was cut off after it does no harm', () => {
  expect(judgeAnswer(said('It is short.\nFinal Answer: de'), labelled)).toEqual({ label: 'de' });
  expect(judgeAnswer(said('Final Answer: en, because', true), labelled)).toEqual({ label: 'en' });
  expect(judgeAnswer(said('so: 42.'), { pattern: /\d+/u, labels: undefined })).toEqual({ label: '42' });
});

test.each([
  ['', 'empty'],
  [' \n', 'empty'],
  ['I see.', 'unmatched'],
  ['Final Answer: fr', 'other-label'],
])('%j is dropped: %s', (answer, dropped) => {
  expect(judgeAnswer(said(answer), labelled)).toEqual({ dropped });
});

test('an answer without a match that was cut off counts as cut off, and an empty group as empty', () => {
  expect(judgeAnswer(said('Let me think', true), labelled)).toEqual({ dropped: 'cut' });
  expect(judgeAnswer(said('answer:'), { pattern: /answer:(.*)/u, labels: undefined })).toEqual({
    dropped: 'empty',
  });
});

test('a match that reaches the end of an answer that was cut off may be half of it', () => {
  expect(judgeAnswer(said('Final Answer: e', true), labelled)).toEqual({ dropped: 'cut' });
  expect(judgeAnswer(said('Final Answer: en\n', true), labelled)).toEqual({ label: 'en' });
});
