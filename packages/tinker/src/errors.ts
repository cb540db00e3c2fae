/**
 * The errors of this client: one class, told apart by `code`, so that two copies of the package and two realms can meet
 * (protocol, section 9.1). Recognise them with `TinkerError.is(e)`, never with `instanceof`. Knows nothing of how
 * requests are sent or retried.
 */

/**
 * - `bad_input`: refused here, nothing was sent.
 * - `bad_request` 400 · `authentication` 401 · `billing` 402 · `permission` 403 · `not_found` 404 · `conflict` 409 ·
 *   `expired` 410 · `unprocessable` 422 · `rate_limit` 429 · `server` 5xx · `status` any other status.
 * - `connection`: no answer. `timeout`: no answer in time, or the caller's `timeoutMs` is over.
 * - `request_failed`: accepted, then failed while it ran; see `category`.
 * - `bad_response`: an answer that cannot be read, or lacks what was asked for.
 * - `aborted`: the caller's signal. `closed`: the client was closed.
 * - `broken`: an earlier request of this training client may or may not have reached the server.
 * - `unsupported`: the server's dialect has no such call.
 */
export type TinkerErrorCode =
  | 'bad_input'
  | 'bad_request'
  | 'authentication'
  | 'billing'
  | 'permission'
  | 'not_found'
  | 'conflict'
  | 'expired'
  | 'unprocessable'
  | 'rate_limit'
  | 'server'
  | 'status'
  | 'connection'
  | 'timeout'
  | 'request_failed'
  | 'bad_response'
  | 'aborted'
  | 'closed'
  | 'broken'
  | 'unsupported';

/** Whose fault a failed request was, in the server's words. */
export type FailureCategory = 'user' | 'server' | 'unknown';

export interface TinkerErrorOptions {
  /** HTTP status, where there was an answer. */
  readonly status?: number | undefined;
  /** The future's id, else the id that the server put into a header: what support asks for. */
  readonly requestId?: string | undefined;
  readonly category?: FailureCategory | undefined;
  /** The answer's body, parsed if it was JSON. */
  readonly body?: unknown;
  readonly cause?: unknown;
  /** Whether sending the same request again can help. */
  readonly retryable?: boolean;
}

const BRAND = Symbol.for('@tinsmith/tinker.error');

export class TinkerError extends Error {
  readonly code: TinkerErrorCode;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly category: FailureCategory | undefined;
  readonly body: unknown;
  readonly retryable: boolean;

  constructor(code: TinkerErrorCode, message: string, options: TinkerErrorOptions = {}) {
    super(options.requestId === undefined ? message : `${message} (request ${options.requestId})`, {
      cause: options.cause,
    });
    this.name = 'TinkerError';
    this.code = code;
    this.status = options.status;
    this.requestId = options.requestId;
    this.category = options.category;
    this.body = options.body;
    this.retryable = options.retryable ?? false;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for an error of any copy of this package; with `code`, only for that kind. */
  static is(error: unknown, code?: TinkerErrorCode): error is TinkerError {
    return (
      typeof error === 'object' &&
      error !== null &&
      BRAND in error &&
      (code === undefined || ('code' in error && error.code === code))
    );
  }
}

const BY_STATUS: Readonly<Record<number, TinkerErrorCode>> = {
  400: 'bad_request',
  401: 'authentication',
  402: 'billing',
  403: 'permission',
  404: 'not_found',
  409: 'conflict',
  410: 'expired',
  422: 'unprocessable',
  429: 'rate_limit',
};

/** Statuses that layers A and B of section 9.2 send again. */
export const isRetryableStatus = (status: number): boolean =>
  status === 408 || status === 409 || status === 429 || status >= 500;

/** The error for an answer with this status; the message is the server's own words. */
export function statusError(
  status: number,
  what: string,
  body: unknown,
  requestId?: string,
  retryable = isRetryableStatus(status),
): TinkerError {
  const code = BY_STATUS[status] ?? (status >= 500 ? 'server' : 'status');
  return new TinkerError(code, `${what}: ${status} ${wordsOf(body)}`.trimEnd(), {
    status,
    body,
    requestId,
    retryable,
  });
}

/** What a server said, whatever the shape of its body: FastAPI's `detail`, an `error` or `message`, or text. */
export function wordsOf(body: unknown): string {
  if (typeof body === 'string') return body.slice(0, 2000);
  if (typeof body !== 'object' || body === null) return '';
  const { detail, error, message } = body as Record<string, unknown>;
  const words = detail ?? error ?? message ?? body;
  return (typeof words === 'string' ? words : JSON.stringify(words)).slice(0, 2000);
}

export const badInput = (message: string): TinkerError => new TinkerError('bad_input', message);
export const badResponse = (message: string, options?: TinkerErrorOptions): TinkerError =>
  new TinkerError('bad_response', message, options);
export const closedError = (what: string): TinkerError =>
  new TinkerError('closed', `${what}: the client was closed`);
