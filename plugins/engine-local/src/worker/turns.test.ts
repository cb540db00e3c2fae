import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from './turns.js';

test('work is done one piece at a time, in the order in which turns were taken', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const work = (name: string, milliseconds: number) => async () => {
    seen.push(`${name} begins`);
    await sleep(milliseconds);
    seen.push(`${name} ends`);
    return name;
  };
  expect(await Promise.all([turns.take(work('a', 10)), turns.take(work('b', 0))])).toEqual(['a', 'b']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('work that fails fails its caller only', async () => {
  const turns = new Turns();
  const failing = turns.take(() => Promise.reject(new Error('no')));
  const next = turns.take(() => 'next');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('next');
});
