import { expect, test } from 'vitest';
import { finalNumber, gradeNumber } from './gsm8k.js';

test.each([
  [String.raw`so \boxed{42}`, '42'],
  [String.raw`\boxed{1,234} and not 5`, '1234'],
  [String.raw`\boxed{\$18.50\text{ dollars}}`, '18.50'],
  [String.raw`\boxed{-\frac{7}{1}}`, '-71'],
  ['work\n#### 72', '72'],
  ['#### $1,000', '1000'],
  ['The answer is 5. Then 7.', '5'],
  ['the ANSWER: $12.', '12'],
  ['first **3** then **$1,050.25** done', '1050.25'],
  ['3 apples and 4 pears make 7.', '7'],
  ['minus -4', '-4'],
  ['no number', ''],
  ['', ''],
])('takes the final number of %j', (text, number) => {
  expect(finalNumber(text)).toBe(number);
});

test.each([
  [String.raw`\boxed{72}`, '72', 1],
  [String.raw`\boxed{72.0}`, '72', 1],
  [String.raw`\boxed{72.1}`, '72', 0],
  ['2125', '2,125', 1],
  ['no number', '72', 0],
  ['', '', 0],
])('grades %j against %s as %d', (answer, expected, reward) => {
  expect(gradeNumber(answer, expected)).toMatchObject({ reward, metrics: { correct: reward } });
});
