import { expect, test } from 'vitest';
import { fewShotTurn, isHeldOut, LARGEST_SUMMAND, type Turn } from '../tasks/index.js';
import { drawExercises, type Habits, skills } from './mixture.js';
import { learning } from './settings.js';

const draw = (count: number, batch: number, habits: Partial<Habits> = {}, seed = 0) =>
  drawExercises(count, batch, { seed, mixture: 'broad', habits: { ...learning, ...habits } });
const chatsOf = (skill: string, habits: Partial<Habits> = {}) =>
  draw(8000, 0, habits)
    .filter(drawn => drawn.skill === skill)
    .map(({ exercise }) => exercise.messages);

/** [x, y, answer] of every question in a chat. */
function readSums(chat: readonly Turn[]): [number, number, number][] {
  return chat.flatMap((message, index) => {
    const match = /^What is (\d+) \+ (\d+)\?$/.exec(message.content);
    return match ? [[Number(match[1]), Number(match[2]), Number(chat[index + 1]!.content)]] : [];
  });
}

const shareRight = (wrongSums: number): number => {
  const last = chatsOf('sums', { wrongSums }).map(chat => readSums(chat).at(-1)!);
  return last.filter(([x, y, sum]) => x + y === sum).length / last.length;
};

test('gives the same exercises for the same seed and batch, in whatever order batches are asked for', () => {
  const later = draw(50, 7);
  draw(50, 6);
  expect(draw(50, 7)).toEqual(later);
  expect(draw(50, 8)).not.toEqual(later);
  expect(draw(50, 7, {}, 1)).not.toEqual(later);
});

test('every exercise ends with the assistant, and is drawn sooner or later', () => {
  const drawn = draw(4000, 0);
  for (const { exercise } of drawn) expect(exercise.messages.at(-1)!.role).toBe('assistant');
  expect(new Set(drawn.map(({ skill }) => skill))).toEqual(new Set(skills.map(({ name }) => name)));
});

test('asks for sums of 0 to 100 and never for a pair that was held out', () => {
  const sums = draw(8000, 0).flatMap(({ exercise }) =>
    readSums(exercise.messages.map(turn => ({ ...turn, content: turn.content.replace(' /think', '') }))),
  );
  for (const [x, y] of sums) {
    expect(Math.max(x, y)).toBeLessThanOrEqual(LARGEST_SUMMAND);
    expect(isHeldOut({ x, y })).toBe(false);
  }
  expect(new Set(sums.map(([x]) => x)).size).toBe(LARGEST_SUMMAND + 1);
});

test('sums are wrong and easy as often as the habits say', () => {
  expect(shareRight(0)).toBe(1);
  expect(Math.abs(shareRight(0.5) - 0.5)).toBeLessThan(0.04); // five standard deviations
  const sums = chatsOf('sums', { easySums: 0.3 }).map(chat => readSums(chat).at(-1)!);
  const easy = sums.filter(([x, y]) => Math.max(x, y) < 10).length / sums.length;
  expect(Math.abs(easy - 0.307)).toBeLessThan(0.04); // 0.3, and one in a hundred of the others
});

test('sums come alone, behind the example of the environment and behind others', () => {
  const all = chatsOf('sums');
  const alone = all.filter(chat => chat.length === 2).length;
  const behindExample = all.filter(
    chat => chat.length === 4 && chat[0]!.content === fewShotTurn[0]!.content,
  ).length;
  for (const count of [alone, behindExample, all.length - alone - behindExample])
    expect(count).toBeGreaterThan(all.length / 5);
});

const isReversed = (chat: readonly Turn[]) => {
  const [asked, answered] = chat.slice(-2).map(turn => turn.content) as [string, string];
  return asked.replace('Reverse: ', '').split(' ').toReversed().join(' ') === answered;
};

const shareReversed = (wrongLists: number) => {
  const chats = chatsOf('reverse', { wrongLists });
  return chats.filter(isReversed).length / chats.length;
};

test('a list that is repeated, reversed or counted is wrong as often as the habits say', () => {
  expect(shareReversed(0)).toBe(1);
  expect(Math.abs(shareReversed(0.5) - 0.5)).toBeLessThan(0.15); // five standard deviations of 300
});
