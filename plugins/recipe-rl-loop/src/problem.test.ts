import { withOrigin } from '@tinsmith/core';
import { createGrader } from '@tinsmith/grader-math';
import { afterAll, expect, test } from 'vitest';
import { isRight, readProblem } from './problem.js';

const grader = createGrader();
afterAll(() => grader.dispose());

test('takes the final answer out of a solution', () => {
  const row = { question: 'How many?', answer: '40 + 2 = <<40+2=42>>42\n#### 1,042' };
  expect(readProblem(row)).toEqual({ question: 'How many?', answer: '1042' });
});

test.each([
  ['no final answer', { question: 'How many?', answer: '42' }],
  ['no question', { prompt: 'How many?', answer: '#### 42' }],
])('says which row has %s', (_, row) => {
  expect(() => readProblem(withOrigin(row, 'train.jsonl:17'))).toThrow(
    expect.objectContaining({ code: 'DATA_PROBLEM_INVALID', at: 'train.jsonl:17' }),
  );
});

test.each([
  ['the last boxed answer', 'First \\boxed{1}, then \\boxed{42}.', true, true],
  ['one with a unit', '\\boxed{42\\text{ apples}}', true, true],
  ['a wrong one', '\\boxed{41}', true, false],
  ['a number outside of the box', '42', true, false],
  ['a brace too many', '\\boxed{42}}', true, false],
  ['the last number, if no box is asked for', 'It is 41, no, 42.', false, true],
  ['a number with a separator', '1,042', false, false],
  ['no number', 'many', false, false],
])('grades %s', async (_, text, boxed, expected) => {
  expect(await isRight(text, '42', { grader, boxed })).toBe(expected);
});
