/** Errors across the thread boundary: the code and the sentences survive, the class is made anew. */
import { messageOf, TinsmithError } from '@tinsmith/core';
import type { ErrorRecord } from './messages.js';

export function recordError(error: unknown): ErrorRecord {
  if (TinsmithError.is(error)) {
    const { code, message, at, found, fix } = error;
    return { code, message, at, found, fix };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return { code: 'ENGINE_FAILURE', message: messageOf(error), stack };
}

/** The original's stack, for an error that was not ours, is kept as `cause`. */
export function errorFromRecord({ stack, ...details }: ErrorRecord): TinsmithError {
  const cause = stack === undefined ? undefined : Object.assign(new Error(details.message), { stack });
  return new TinsmithError({ ...details, plugin: '@tinsmith/engine-local', cause });
}
