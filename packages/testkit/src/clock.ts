/** Time that a test advances: for deadlines, retries and whatever else waits. */
import { vi } from 'vitest';

export interface VirtualClock extends Disposable {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Lets time pass: timers fire in their order, and what follows from each happens before the next. */
  advance(milliseconds: number): Promise<void>;
}

/**
 * From now on timers, `Date` and `performance.now` follow this clock, for everybody in the process, until it is disposed:
 * `using clock = virtualClock()`. Files, networks and `setImmediate` stay real. One at a time.
 *
 * @param start ISO 8601.
 */
export function virtualClock(start = '2026-01-01T00:00:00Z'): VirtualClock {
  if (vi.isFakeTimers()) throw new Error('there is a virtual clock already');
  vi.useFakeTimers({
    now: new Date(start),
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  });
  return {
    get now() {
      return Date.now();
    },
    async advance(milliseconds) {
      await vi.advanceTimersByTimeAsync(milliseconds);
    },
    [Symbol.dispose]() {
      vi.useRealTimers();
    },
  };
}
