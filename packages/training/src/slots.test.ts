import { expect, test } from 'vitest';
import { Slots } from './slots.js';

const waiting = (slots: Slots, signal?: AbortSignal) => {
  let isIn = false;
  const turn = slots.take(signal).then(slot => {
    isIn = true;
    return slot;
  });
  return { turn, isIn: () => isIn };
};

test('so many at a time, the others in the order in which they came', async () => {
  const slots = new Slots(2);
  const [first] = await Promise.all([slots.take(undefined), slots.take(undefined)]);
  const [third, fourth] = [waiting(slots), waiting(slots)];
  first[Symbol.dispose]();
  (await third.turn)[Symbol.dispose]();
  await fourth.turn;
  expect([third.isIn(), fourth.isIn()]).toEqual([true, true]);
  expect(waiting(slots).isIn()).toBe(false);
});

test('who is aborted leaves the queue at once, and those behind move up', async () => {
  const slots = new Slots(1);
  const first = await slots.take(undefined);
  const abort = new AbortController();
  const [second, third] = [waiting(slots, abort.signal), waiting(slots)];
  abort.abort(new Error('enough'));
  await expect(second.turn).rejects.toThrow('enough');
  await expect(slots.take(abort.signal)).rejects.toThrow('enough');
  expect(third.isIn()).toBe(false);
  first[Symbol.dispose]();
  await third.turn;
  abort.abort(); // who has a place keeps it
  expect(third.isIn()).toBe(true);
});
