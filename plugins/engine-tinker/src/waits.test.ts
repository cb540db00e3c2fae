import type { WaitEvent } from '@tinsmith/core';
import { expect, test, vi } from 'vitest';
import { Waits } from './waits.js';

const paused = {
  state: 'paused_capacity',
  requestType: 'Sample',
  waitedMs: 1000,
  reason: 'no room',
} as const;

test('many requests that are held up are one piece of news, and so is that the last of them goes on', () => {
  const told: WaitEvent[] = [];
  const waits = new Waits(event => told.push(event));
  for (const requestId of ['1', '2', '3']) waits.hear({ ...paused, requestId });
  expect(waits.reasonOf('Sample')).toBe('no room');
  for (const requestId of ['2', '1']) waits.hear({ ...paused, state: 'active', requestId });
  expect(told).toEqual([{ what: 'Sample', reason: 'no room', seconds: 1 }]);
  waits.hear({ ...paused, state: 'active', requestId: '3', waitedMs: 2000 });
  expect(told.at(-1)).toEqual({ what: 'Sample', seconds: 2 });
  expect(waits.reasonOf('Sample')).toBeUndefined();
  waits.hear({ ...paused, state: 'active', requestId: '4' });
  expect(told).toHaveLength(2);
});

test('it is told again after a while, and at once for another reason', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const told: (string | undefined)[] = [];
  const waits = new Waits(({ reason }) => told.push(reason));
  waits.hear({ ...paused, requestId: '1' });
  waits.hear({ ...paused, requestId: '1' });
  vi.advanceTimersByTime(6000);
  waits.hear({ ...paused, requestId: '1' });
  waits.hear({ ...paused, requestId: '1', state: 'paused_rate_limit', reason: undefined });
  vi.useRealTimers();
  expect(told).toEqual(['no room', 'no room', 'paused_rate_limit']);
});
