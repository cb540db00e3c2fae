import { expect, test } from 'vitest';
import { createRandom } from './random.js';
import { drawPair, fewShotTurn, heldOutPairs, isHeldOut, sum, thoughtSum, wrongSum } from './sums.js';

test('500 pairs are held out, and none of them is drawn', () => {
  expect(new Set(heldOutPairs.map(({ x, y }) => `${x} ${y}`)).size).toBe(500);
  expect(isHeldOut({ x: 4, y: 5 })).toBe(false);
  const random = createRandom(1);
  for (let draw = 0; draw < 2000; draw++) expect(isHeldOut(drawPair(random))).toBe(false);
});

test('a sum is asked for as the arithmetic environment asks', () => {
  expect(sum({ x: 57, y: 100 }).messages.map(turn => turn.content)).toEqual(['What is 57 + 100?', '157']);
  expect(fewShotTurn.map(message => message.content)).toEqual(['What is 4 + 5?', '9']);
});

test('a sum is thought over digit by digit, with what is carried', () => {
  expect(thoughtSum({ x: 57, y: 38 }).messages[1]!.content).toBe(
    '<think>\n7 + 8 = 15, 5 + 3 + 1 = 9\n</think>\n\n95',
  );
  expect(thoughtSum({ x: 100, y: 4 }).messages[1]!.content).toBe(
    '<think>\n0 + 4 = 4, 10 + 0 = 10\n</think>\n\n104',
  );
});

test('a wrong sum is never right and never negative', () => {
  const random = createRandom(2);
  for (let draw = 0; draw < 2000; draw++) {
    const right = random.integer(0, 200);
    const wrong = wrongSum(right, random);
    expect(wrong).not.toBe(right);
    expect(wrong).toBeGreaterThanOrEqual(0);
  }
});
