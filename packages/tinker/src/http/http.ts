/**
 * Calls of the API: headers, one attempt, and the two layers of retries around it (protocol, sections 2 and 9.2). A:
 * the inner one, with the same idempotency key. B: the outer one, for the retry window. Knows nothing of what the calls
 * mean.
 */
import { badResponse, closedError, isRetryableStatus, statusError, TinkerError } from '../errors.js';
import { parseJson, stringifyJson } from '../json.js';
import type { Settings } from '../options.js';
import { version } from '../version.js';
import { abortError, now, sleep, slots } from './limits.js';
import type { Budget } from './limits.js';
import { fetchSender, platformSender } from './send.js';
import type { Exchange, HttpResponse, Sender } from './send.js';

export type Pool = 'control' | 'train' | 'sample' | 'poll';
/** Which layers repeat a call (catalogue of section 5). */
export type Layers = 'none' | 'A' | 'B' | 'AB';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** After `/api/v1/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  /** Sent as JSON. A function is asked before every outer attempt. */
  readonly json?: unknown;
  readonly protobuf?: Uint8Array<ArrayBuffer> | undefined;
  readonly accept?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs?: number | undefined;
  readonly pool?: Pool | undefined;
  readonly layers: Layers;
  readonly signal?: AbortSignal | undefined;
  /** The Python name of the public method that caused the call: `x-sdk-method` (0.38.0). */
  readonly sdkMethod?: string | undefined;
  /** Statuses that are an answer, not an error. */
  readonly accepts?: (status: number) => boolean;
  /** A key that stays the same over all retries. */
  readonly idempotencyKey?: string | undefined;
  /** Statuses that would be retried otherwise but are final here. */
  readonly final?: (status: number, attempt: number) => boolean;
  /** An `x-api-key` other than the current one. */
  readonly key?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
  /** The body as JSON; undefined if empty. Throws `bad_response` if it is something else. */
  readonly json: () => unknown;
}

/** Gives the credential of a request; `refresh` is called after a 401 `invalid_token` and says if it found a new one. */
export interface Authorizer {
  readonly key: () => Promise<string>;
  readonly refresh: (stale: string) => Promise<boolean>;
}

const decoder = new TextDecoder();
/** How often an edge proxy's bodiless 400 is forgiven; one is given back per success (section 9.2). */
const EDGE_BUDGET = 16;
const BILLING_PAUSE_MS = 5000;
const REDIRECTS = 5;

export class Http {
  readonly settings: Settings;
  readonly #sender: Sender;
  readonly #pools: Readonly<Record<Pool, Budget>>;
  readonly #open = new Set<Exchange>();
  readonly #closing = new AbortController();
  #edge = EDGE_BUDGET;
  /** How long 402 is tolerated; the server's configuration sets it. */
  billingWindowMs = 3_600_000;
  sdkVersion = '0.38.0';

  constructor(settings: Settings) {
    this.settings = settings;
    this.#sender = settings.fetch ? fetchSender(settings.fetch) : platformSender();
    const { control, train, sample, poll } = settings.maxConnections;
    this.#pools = { control: slots(control), train: slots(train), sample: slots(sample), poll: slots(poll) };
  }

  /** Fires when the client closes: everything that waits listens to it. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  close(): void {
    if (this.closing.aborted) return;
    const reason = closedError('tinker');
    this.#closing.abort(reason);
    for (const pool of Object.values(this.#pools)) pool.close(reason);
    for (const exchange of this.#open) exchange.cancel(reason);
    this.#sender.close();
  }

  /** The call with its retries. Throws a TinkerError, always. */
  async call(call: Call, auth: Authorizer): Promise<Answer> {
    const started = now();
    const outer = call.layers.includes('B');
    const window = this.settings.retryWindowMs;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#inner(call, auth, attempt);
      } catch (error) {
        if (!outer || !TinkerError.is(error)) throw error;
        const elapsed = now() - started;
        let pause: number;
        if (error.status === 402 && elapsed < this.billingWindowMs) pause = BILLING_PAUSE_MS;
        else if (!error.retryable || elapsed >= window) throw error;
        else pause = Math.min(1000 * 2 ** attempt, 30_000, window - elapsed);
        await this.pause(pause, call);
      }
    }
  }

  /** Layer A: one idempotency key for all its attempts. */
  async #inner(call: Call, auth: Authorizer, outerAttempt: number): Promise<Answer> {
    const json =
      typeof call.json === 'function' ? (call.json as (attempt: number) => unknown)(outerAttempt) : call.json;
    const body = call.protobuf ?? (json === undefined ? undefined : stringifyJson(json));
    const key = call.idempotencyKey ?? `stainless-python-retry-${crypto.randomUUID()}`;
    const retries = call.layers.includes('A') ? this.settings.maxRetries : 0;
    let replayed = false;
    for (let attempt = 0; ; attempt++) {
      let pause = Math.min(500 * 2 ** attempt, 10_000) * (1 - 0.25 * Math.random());
      let failure: TinkerError;
      try {
        const credential = call.key ?? (await auth.key());
        const answer = await this.attempt(call, body, credential, key, attempt);
        if (
          answer.status === 401 &&
          !replayed &&
          /error="?invalid_token/.test(answer.header('www-authenticate') ?? '')
        ) {
          replayed = true;
          if (await auth.refresh(credential)) continue;
        }
        if (this.#isAccepted(answer.status, call)) {
          if (this.#edge < EDGE_BUDGET) this.#edge++;
          return answer;
        }
        const edge = this.#edgeRejection(answer, call);
        if (edge) throw edge;
        const isFinal = call.final?.(answer.status, outerAttempt) ?? false;
        failure = statusError(
          answer.status,
          what(call),
          bodyOf(answer),
          requestIdOf(answer),
          !isFinal && isRetryableStatus(answer.status),
        );
        if (isFinal || !repeats(answer)) throw failure;
        const told = retryAfter(answer);
        if (told !== undefined) pause = told;
      } catch (error) {
        // An answer has been judged above; what is left to repeat here is the lack of one.
        if (!TinkerError.is(error) || !error.retryable || error.status !== undefined) throw error;
        failure = error;
      }
      if (attempt >= retries) throw failure;
      this.settings.logger.debug(
        `${what(call)} failed (${failure.message}), again in ${Math.round(pause)} ms`,
      );
      await this.pause(pause, call);
    }
  }

  #isAccepted = (status: number, call: Call): boolean =>
    (status >= 200 && status < 300) || (call.accepts?.(status) ?? false);

  /** Trap 6: a 400 without a body length comes from an edge proxy, and counts as no answer for layer B. */
  #edgeRejection(answer: Answer, call: Call): TinkerError | undefined {
    const length = answer.header('content-length');
    if (answer.status !== 400 || (length !== undefined && length !== '0') || this.#edge <= 0)
      return undefined;
    this.#edge--;
    return new TinkerError(
      'connection',
      `${what(call)}: turned away by a proxy (400 ${decoder.decode(answer.body)})`,
      {
        status: 400,
        retryable: true,
      },
    );
  }

  /** One attempt, redirects included. Any status is an answer; only a missing answer is an error. */
  async attempt(
    call: Call,
    body: string | Uint8Array<ArrayBuffer> | undefined,
    credential: string,
    idempotencyKey: string,
    retry: number,
  ): Promise<Answer> {
    if (this.closing.aborted) throw closedError(what(call));
    const timeout = call.timeoutMs ?? this.settings.timeoutMs;
    const headers: Record<string, string> = {
      Accept: call.accept ?? 'application/json',
      ...(call.method !== 'GET' && {
        'Content-Type': call.protobuf ? 'application/x-protobuf' : 'application/json',
        'X-Idempotency-Key': idempotencyKey,
      }),
      'User-Agent': `tinsmith-tinker/${version}`,
      'x-sdk-version': this.sdkVersion,
      'x-stainless-retry-count': String(retry),
      'x-stainless-read-timeout': String(Math.round(timeout / 1000)),
      ...(call.sdkMethod && { 'x-sdk-method': call.sdkMethod }),
      ...this.settings.headers,
      ...call.headers,
      'X-API-Key': credential,
    };
    let url = this.#url(call);
    for (let hop = 0; ; hop++) {
      const answer = await this.#exchange(call, url, headers, body, timeout);
      this.#reportDeprecation(answer, call);
      const location = answer.header('location');
      const redirect = answer.status >= 301 && answer.status <= 308 && location !== undefined;
      if (!redirect || call.accepts?.(answer.status) || hop >= REDIRECTS) return answer;
      const next = new URL(location, url);
      if (next.origin !== url.origin) delete headers['X-API-Key'];
      url = next;
    }
  }

  #url(call: Call): URL {
    const url = new URL(this.settings.baseUrl);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v1/${call.path}`;
    for (const [key, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(key, String(value));
    return url;
  }

  async #exchange(
    call: Call,
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array<ArrayBuffer> | undefined,
    timeout: number,
  ): Promise<Answer> {
    const { signal } = call;
    const leave = await this.#pools[call.pool ?? 'control'].enter(1, signal, what(call));
    const stop = () => exchange.cancel(abortError(signal!, what(call)));
    let exchange: Exchange = { response: Promise.reject(closedError(what(call))), cancel() {} };
    exchange.response.catch(() => {});
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      if (this.closing.aborted) throw closedError(what(call));
      exchange = this.#sender.send({ method: call.method, url, headers, body });
      this.#open.add(exchange);
      signal?.addEventListener('abort', stop);
      timer = setTimeout(
        () =>
          exchange.cancel(
            new TinkerError('timeout', `${what(call)}: no answer in ${timeout} ms`, { retryable: true }),
          ),
        timeout,
      );
      return answerOf(await exchange.response, call);
    } catch (error) {
      if (TinkerError.is(error)) throw error;
      throw new TinkerError('connection', `${what(call)}: no answer from ${url.origin}: ${reasonOf(error)}`, {
        cause: error,
        retryable: true,
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      this.#open.delete(exchange);
      leave();
    }
  }

  #reportDeprecation(answer: Answer, call: Call): void {
    const note = answer.header('x-deprecation-note');
    if (note === undefined) return;
    const level = answer.header('x-deprecation-level') === 'error' ? 'error' : 'warn';
    this.settings.logger[level](`${what(call)}: ${note}`);
  }

  /** Ends early when the call's signal fires or the client closes. */
  async pause(milliseconds: number, call: Pick<Call, 'signal' | 'method' | 'path'>): Promise<void> {
    const { signal } = call;
    if (!signal) return sleep(milliseconds, this.closing, what(call));
    if (this.closing.aborted) throw closedError(what(call));
    const either = new AbortController();
    const byCaller = () => either.abort(abortError(signal, what(call)));
    const byClose = () => either.abort(closedError(what(call)));
    signal.addEventListener('abort', byCaller);
    this.closing.addEventListener('abort', byClose);
    try {
      if (signal.aborted) byCaller();
      await sleep(milliseconds, either.signal, what(call));
    } finally {
      signal.removeEventListener('abort', byCaller);
      this.closing.removeEventListener('abort', byClose);
    }
  }
}

const what = (call: Pick<Call, 'method' | 'path'>): string => `${call.method} ${call.path}`;

function answerOf(response: HttpResponse, call: Call): Answer {
  return {
    ...response,
    json() {
      if (response.body.length === 0) return undefined;
      try {
        return parseJson(decoder.decode(response.body));
      } catch (error) {
        const type = response.header('content-type') ?? 'no content type';
        throw badResponse(`${what(call)}: the answer is not JSON (${type})`, {
          status: response.status,
          body: decoder.decode(response.body.subarray(0, 500)),
          cause: error,
        });
      }
    },
  };
}

/** JSON if it is, else the text. */
export function bodyOf(answer: Answer): unknown {
  try {
    return answer.json();
  } catch {
    return decoder.decode(answer.body.subarray(0, 2000));
  }
}

export const requestIdOf = (answer: Answer): string | undefined =>
  answer.header('x-request-id') ?? answer.header('request-id') ?? answer.header('cf-ray');

/** Section 2.3: `x-should-retry` overrides the status, for layer A only. */
function repeats(answer: Answer): boolean {
  const told = answer.header('x-should-retry');
  return told === 'true' || (told !== 'false' && isRetryableStatus(answer.status));
}

/** Milliseconds that the server asks for, if between 0 and a minute. */
function retryAfter(answer: Answer): number | undefined {
  const exact = Number(answer.header('retry-after-ms'));
  if (exact > 0 && exact <= 60_000) return exact;
  const told = answer.header('retry-after');
  if (told === undefined) return undefined;
  const seconds = Number(told);
  const milliseconds = Number.isNaN(seconds) ? Date.parse(told) - Date.now() : seconds * 1000;
  return milliseconds > 0 && milliseconds <= 60_000 ? milliseconds : undefined;
}

function reasonOf(error: unknown): string {
  const { message, cause, code } = (error ?? {}) as {
    message?: string;
    cause?: { message?: string };
    code?: string;
  };
  return cause?.message || message || code || String(error);
}
