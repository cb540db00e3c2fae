import { expect, test } from 'vitest';
import { matchExpression } from './query.js';

test.each([
  ['Who wrote the Trial?', '"wrote" OR "trial"'],
  ['to be or not to be', '"not"'],
  ['the who', '"the" OR "who"'],
  ['AND OR NEAR(*) "x"', '"near" OR "x"'],
  ['São Paulo; 1984', '"são" OR "paulo" OR "1984"'],
  ['?!', undefined],
])('%j is looked for as %j', (query, expression) => {
  expect(matchExpression(query)).toBe(expression);
});
