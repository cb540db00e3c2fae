import { expect, test } from 'vitest';
import { answerIn, normaliseAnswer } from './answer.js';

test('spaces and words are those of Python', () => {
  expect(normaliseAnswer('\u001CThe\u0085 cat\u3000 ')).toBe('cat');
  expect(normaliseAnswer('\uFEFFcat')).toBe('\uFEFFcat');
  expect(normaliseAnswer('éa the_b aé')).toBe('éa theb aé');
});

test('the answer stands behind the only `Answer:`', () => {
  expect(answerIn('I think.\nAnswer: Rome')).toBe(' Rome');
  expect(answerIn('Rome')).toBeUndefined();
  expect(answerIn('Answer: Rome Answer: Paris')).toBeUndefined();
});
