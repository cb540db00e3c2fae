/** Errors of the client as errors of Tinsmith: with a stable code, the request's id, and what to try. */
import { TinsmithError } from '@tinsmith/core';
import { TinkerError } from '@tinsmith/tinker';

export interface Circumstances {
  /** Where the service is. */
  readonly baseUrl: string;
  readonly signal?: AbortSignal | undefined;
  /** The path that this training client saved last. */
  readonly lastState?: string | undefined;
  /** Why the service let the call wait, in its words. */
  readonly held?: string | undefined;
}

const plugin = '@tinsmith/engine-tinker';

/** What to throw for `error`. What is no error of the client is thrown as it is, as is the reason of an abort. */
export function problemOf(error: unknown, circumstances: Circumstances): unknown {
  const { signal } = circumstances;
  if (!TinkerError.is(error)) return error;
  if (error.code === 'aborted' && signal?.aborted) return signal.reason;
  return describe(error, circumstances);
}

function describe(error: TinkerError, { baseUrl, lastState, held }: Circumstances): TinsmithError {
  const cause = error;
  const { message, status } = error;
  const found = status === undefined ? undefined : `HTTP ${status} from ${baseUrl}`;
  const goOn =
    lastState === undefined
      ? 'resume the run, which goes on from its last checkpoint'
      : `resume the run, which goes on from its last checkpoint; this client saved ${lastState}`;
  switch (error.code) {
    case 'bad_input':
      return new TinsmithError({
        code: 'TINKER_INPUT',
        plugin,
        message,
        fix: 'nothing was sent; the message says what does not fit',
        cause,
      });
    case 'bad_request':
    case 'unprocessable':
      return new TinsmithError({
        code: 'TINKER_REFUSED',
        plugin,
        message,
        found,
        fix: 'the service says what does not fit',
        cause,
      });
    case 'authentication':
      return new TinsmithError({
        code: 'TINKER_KEY',
        plugin,
        message,
        found,
        fix: 'set TINKER_API_KEY to a key of this service',
        cause,
      });
    case 'permission':
    case 'billing':
      return new TinsmithError({
        code: 'TINKER_ACCOUNT',
        plugin,
        message,
        found,
        fix: 'see to the account or the project at the service, then resume the run',
        cause,
      });
    case 'not_found':
      return new TinsmithError({
        code: 'TINKER_MISSING',
        plugin,
        message,
        found,
        fix: 'look at the name: the service has nothing there, or it has expired',
        cause,
      });
    case 'conflict':
      return new TinsmithError({
        code: 'TINKER_EXISTS',
        plugin,
        message,
        found,
        fix: 'take another name',
        cause,
      });
    case 'timeout':
      return new TinsmithError({
        code: 'TINKER_DEADLINE',
        plugin,
        message: held === undefined ? message : `${message}; the service said: ${held}`,
        at: 'plugins["@tinsmith/engine-tinker"].with.deadlineSeconds',
        fix: `a longer deadlineSeconds, or later: ${goOn}`,
        cause,
      });
    case 'connection':
    case 'rate_limit':
    case 'server':
      return new TinsmithError({
        code: 'TINKER_UNREACHABLE',
        plugin,
        message,
        found: found ?? baseUrl,
        fix: `when the service answers again, ${goOn}`,
        cause,
      });
    case 'broken':
    case 'expired':
      return new TinsmithError({ code: 'TINKER_BROKEN', plugin, message, found, fix: goOn, cause });
    case 'unsupported':
      return new TinsmithError({ code: 'TINKER_UNSUPPORTED', plugin, message, found: baseUrl, cause });
    case 'closed':
    case 'aborted':
      return new TinsmithError({ code: 'TINKER_CLOSED', plugin, message, cause });
    default: // request_failed, bad_response and odd statuses
      return new TinsmithError({
        code: 'TINKER_FAILED',
        plugin,
        message,
        found: error.category === 'user' ? "the request's own fault, the service says" : found,
        fix: error.category === 'user' ? 'the service says what does not fit' : goOn,
        cause,
      });
  }
}
