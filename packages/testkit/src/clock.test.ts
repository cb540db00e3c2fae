import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { virtualClock } from './clock.js';

test('time stands still until the test advances it', async () => {
  const log: string[] = [];
  {
    using clock = virtualClock('2030-05-06T07:08:09Z');
    setTimeout(() => log.push('second'), 2000);
    setTimeout(() => {
      log.push('first');
      queueMicrotask(() => setTimeout(() => log.push('between'), 500));
    }, 1000);
    const began = performance.now();
    await clock.advance(1999);
    expect(log).toEqual(['first', 'between']);
    await clock.advance(1);
    expect(log).toEqual(['first', 'between', 'second']);
    expect(performance.now() - began).toBe(2000);
    expect(new Date(clock.now).toISOString()).toBe('2030-05-06T07:08:11.000Z');
    expect(() => virtualClock()).toThrow('already');
  }
  expect(Math.abs(Date.now() - Date.UTC(2030, 4))).toBeGreaterThan(86_400_000);
  await sleep(1); // real again
});
