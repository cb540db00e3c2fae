/** Trying again after failures that pass: what they are, how long to wait, when to give up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RetryPolicy } from './settings.js';

/** A failure after which the same request can succeed. */
export class PassingFailure extends Error {
  /** Milliseconds that the server asked to wait. */
  readonly wait: number | undefined;
  /** No connection at all: more than one repetition would only delay the answer. */
  readonly isUnreachable: boolean;

  constructor(
    message: string,
    options: { wait?: number | undefined; isUnreachable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.wait = options.wait;
    this.isUnreachable = options.isUnreachable ?? false;
  }
}

/**
 * Calls `work` until it succeeds, fails for good, or has failed `attempts` times in a row without `progress`
 * growing. Rejects with the last PassingFailure then.
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  policy: RetryPolicy,
  options: { progress?: () => number; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const progress = options.progress ?? (() => 0);
  for (let failures = 0, reached = progress(); ;) {
    options.signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      if (progress() > reached) failures = 0;
      reached = progress();
      failures++;
      if (failures >= (error.isUnreachable ? Math.min(2, policy.attempts) : policy.attempts)) throw error;
      const backOff = policy.firstWait * 2 ** (failures - 1) * (0.75 + Math.random() / 2);
      const wait = Math.min(error.wait ?? backOff, policy.longestWait);
      await sleep(wait, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
}

/** Milliseconds of a Retry-After header: seconds, or a date. */
export function retryAfter(header: string | null, now: number = Date.now()): number | undefined {
  if (header === null) return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
