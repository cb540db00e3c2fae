import { expect, test } from 'vitest';
import { createRandom } from './random.js';
import { fewShotTurn, heldOutPairs, isHeldOut, LARGEST_SUMMAND, sumConversation } from './sums.js';
import type { Turn } from './turn.js';

/** [x, y, answer] of every question in a chat. */
function readSums(chat: readonly Turn[]): [number, number, number][] {
  return chat.flatMap((message, index) => {
    const match = /^What is (\d+) \+ (\d+)\?$/.exec(message.content);
    return match ? [[Number(match[1]), Number(match[2]), Number(chat[index + 1]!.content)]] : [];
  });
}

const chats = (wrongShare: number, easyShare = 0): Turn[][] => {
  const random = createRandom(5);
  return Array.from({ length: 4000 }, () => sumConversation(random, { wrongShare, easyShare }));
};

/** Of the last answers. */
function shareRight(wrongShare: number): number {
  const last = chats(wrongShare).map(chat => readSums(chat).at(-1)!);
  return last.filter(([x, y, sum]) => x + y === sum).length / last.length;
}

test('asks for sums of 0 to 100 and never for a pair that was held out', () => {
  const sums = chats(0.5).flatMap(readSums);
  for (const [x, y] of sums) {
    expect(Math.max(x, y)).toBeLessThanOrEqual(LARGEST_SUMMAND);
    expect(isHeldOut({ x, y })).toBe(false);
  }
  expect(heldOutPairs.length).toBe(500);
  expect(new Set(sums.map(([x]) => x)).size).toBe(LARGEST_SUMMAND + 1);
});

test('answers wrongly exactly as often as it is told to', () => {
  expect(shareRight(0)).toBe(1);
  expect(Math.abs(shareRight(0.5) - 0.5)).toBeLessThan(0.03); // four standard deviations
});

test('asks for sums of single digits as often as it is told to', () => {
  const sums = chats(0, 0.3).map(chat => readSums(chat).at(-1)!);
  const easy = sums.filter(([x, y]) => Math.max(x, y) < 10).length / sums.length;
  expect(Math.abs(easy - 0.307)).toBeLessThan(0.03); // 0.3, and one in a hundred of the others
});

test('shows questions alone, behind the example of the environment and behind others', () => {
  const all = chats(0);
  const alone = all.filter(chat => chat.length === 2).length;
  const behindExample = all.filter(
    chat => chat.length === 4 && chat[0]!.content === fewShotTurn[0]!.content,
  ).length;
  expect(fewShotTurn.map(message => message.content)).toEqual(['What is 4 + 5?', '9']);
  for (const count of [alone, behindExample, all.length - alone - behindExample])
    expect(count).toBeGreaterThan(all.length / 5);
});

test('writes no negative answer', () => {
  expect(
    Math.min(
      ...chats(1)
        .flatMap(readSums)
        .map(([, , sum]) => sum),
    ),
  ).toBeGreaterThanOrEqual(0);
});
