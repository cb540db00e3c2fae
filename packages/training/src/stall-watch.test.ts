import { expect, test, vi } from 'vitest';
import { StallWatch, withinSeconds } from './stall-watch.js';

test('names what it waits for, the oldest first, when nothing has ended for so long; and again after the same time', async () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    using stall = new StallWatch({ log: line => void lines.push(line), seconds: 10 });
    const ends = ['a', 'b', 'c', 'd', 'e'].map(name => stall.watch(() => `group ${name}`));
    await vi.advanceTimersByTimeAsync(9_000);
    expect(lines).toEqual([]);
    ends[0]!(); // something has happened
    await vi.advanceTimersByTimeAsync(9_000);
    expect(lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(lines).toEqual(['still waiting for group b (19 s); group c (19 s); group d (19 s); and 1 others']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lines).toHaveLength(2);
    for (const end of ends) end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toHaveLength(2);
  } finally {
    vi.useRealTimers();
  }
});

const hang = () => new Promise<never>(() => {});

test('work that takes too long is left behind with an error that says what was waited for', async () => {
  await expect(withinSeconds(0.01, () => 'the sandbox', hang)).rejects.toMatchObject({
    code: 'ROLLOUT_TIMEOUT',
    message: 'a rollout waited 0.01 s for the sandbox',
  });
  expect(
    await withinSeconds(
      5,
      () => 'it',
      async () => 3,
    ),
  ).toBe(3);
});
