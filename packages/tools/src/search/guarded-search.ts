/** Any search backend, kept from being overrun and from being waited for too long. Knows nothing about backends or tools. */
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf, type SearchBackend, type SearchRequest, TinsmithError } from '@tinsmith/core';
import { orAborted, Slots } from '@tinsmith/training';

export interface SearchLimits {
  /** Queries at a time; others wait for their turn. Default 128. */
  readonly concurrency?: number | undefined;
  /** Of one query. Default 10. */
  readonly attempts?: number | undefined;
  /** Of one attempt. Default 10. */
  readonly attemptSeconds?: number | undefined;
  /** Before the second attempt; before each further one half as long again. Default 1. */
  readonly retrySeconds?: number | undefined;
  /** Of a query with all its attempts, its turn awaited. Default 60. */
  readonly deadlineSeconds?: number | undefined;
}

const GROWTH = 1.5;

/** Its queries fail with SEARCH_FAILED. */
export function guardedSearch(
  backend: SearchBackend,
  {
    concurrency = 128,
    attempts = 10,
    attemptSeconds = 10,
    retrySeconds = 1,
    deadlineSeconds = 60,
  }: SearchLimits = {},
): SearchBackend {
  const slots = new Slots(concurrency);
  return {
    specification: 'v1',
    async search(request) {
      const deadline = AbortSignal.timeout(deadlineSeconds * 1000);
      const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
      let last: unknown;
      try {
        using _slot = await slots.take(signal);
        for (let attempt = 1; ; attempt++) {
          try {
            return await within(
              backend,
              request,
              AbortSignal.any([signal, AbortSignal.timeout(attemptSeconds * 1000)]),
            );
          } catch (error) {
            last = signal.aborted ? (last ?? error) : error;
            if (attempt >= attempts || signal.aborted) throw error;
          }
          await wait(retrySeconds * GROWTH ** (attempt - 1) * 1000, undefined, { signal });
        }
      } catch (error) {
        request.signal?.throwIfAborted();
        throw failed(
          last ?? error,
          deadline.aborted ? `within ${deadlineSeconds} s` : `in ${attempts} attempts`,
        );
      }
    },
  };
}

/** A backend that does not listen to its signal is left behind. */
async function within(backend: SearchBackend, request: SearchRequest, signal: AbortSignal) {
  signal.throwIfAborted();
  const work = (async () => backend.search({ ...request, signal }))(); // also what it throws at once is a rejection
  return orAborted(work, signal);
}

const failed = (cause: unknown, how: string) =>
  new TinsmithError({
    code: 'SEARCH_FAILED',
    message: `the search did not answer ${how}: ${messageOf(cause)}`,
    fix: 'look whether the search service runs',
    cause,
  });
