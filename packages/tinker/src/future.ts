/**
 * Results of submitted requests (protocol, section 7): the handle that a caller gets, and the loop that asks for the
 * result until it is there. Knows nothing of what was submitted.
 */
import type { Connection } from './connection.js';
import { badResponse, statusError, TinkerError, wordsOf } from './errors.js';
import type { FailureCategory } from './errors.js';
import { bodyOf, requestIdOf } from './http/http.js';
import type { Answer } from './http/http.js';
import { now, orAbort } from './http/limits.js';
import { reportEnd, reportQueue } from './queue-report.js';
import type { QueueWatch } from './queue-report.js';
import type { WaitOptions } from './types.js';

/**
 * A submitted call. Not a promise on purpose: JavaScript flattens thenables, so "submitted" and "done" could not be
 * awaited one after the other (section 17.1). The call has its place in the order from the moment it was made.
 */
export class TinkerFuture<T> {
  /** The request ids, once the server has accepted all of the call. */
  readonly submitted: Promise<readonly string[]>;
  readonly #result: Promise<T>;
  readonly #what: string;
  readonly #defaultTimeout: number | undefined;

  constructor(
    submitted: Promise<readonly string[]>,
    result: Promise<T>,
    what: string,
    defaultTimeout?: number,
  ) {
    this.submitted = submitted;
    this.#result = result;
    this.#what = what;
    this.#defaultTimeout = defaultTimeout;
    // A failure that nobody asks for must not end the process.
    submitted.catch(() => {});
    result.catch(() => {});
  }

  /** Waits for the result. Giving up (signal, timeout) ends this wait only: what was submitted will be done. */
  result(options: WaitOptions = {}): Promise<T> {
    return waitFor(this.#result, { timeoutMs: this.#defaultTimeout, ...options }, this.#what);
  }
}

export function waitFor<T>(
  promise: Promise<T>,
  { signal, timeoutMs }: WaitOptions,
  what: string,
): Promise<T> {
  const signalled = orAbort(promise, signal, what);
  if (timeoutMs === undefined) return signalled;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TinkerError('timeout', `${what}: no result in ${timeoutMs} ms; the request goes on`)),
      timeoutMs,
    );
  });
  return Promise.race([signalled, late]).finally(() => clearTimeout(timer));
}

export interface ResultRequest<T> {
  readonly requestId: string;
  /** `X-Tinker-Request-Type`: ForwardBackward, OptimStep, ... */
  readonly requestType: string;
  readonly sdkMethod: string;
  readonly submitSeconds: number;
  /** Reads a JSON result, or a protobuf one where `protobuf` is given. Throws `bad_response`. */
  readonly json: (body: Readonly<Record<string, unknown>>) => T;
  readonly protobuf?: (bytes: Uint8Array) => T;
  readonly signal?: AbortSignal | undefined;
  /** The payload's size, if it is already known and room for it taken: then no metadata is offered. */
  readonly roomTaken?: boolean;
}

const POLL_TIMEOUT_MS = 45_000;
/** Answers that cannot be used (a 400, an unreadable result) are asked for again this often. */
const BAD_ANSWERS = 3;
/** A poll that was not held by the server must not turn into a busy loop (trap 4). */
const QUICK_MS = 1000;

export async function pollResult<T>(connection: Connection, request: ResultRequest<T>): Promise<T> {
  const { http } = connection;
  const { requestId, requestType } = request;
  const what = `the result of ${requestType}`;
  const watch: QueueWatch = { requestId, requestType, started: now(), reportedAt: -Infinity, held: false };
  let offerMetadata = !request.roomTaken;
  let leaveRoom: (() => void) | undefined;
  let bad = 0;
  let quick = 0;
  let failures = 0;
  let heardAt = now();
  const pause = (milliseconds: number) =>
    http.pause(milliseconds, { method: 'POST', path: 'retrieve_future', signal: request.signal });
  const backOff = async (error: TinkerError) => {
    if (now() - heardAt >= http.settings.pollErrorWindowMs)
      throw new TinkerError(
        error.code,
        `${what}: given up after ${http.settings.pollErrorWindowMs} ms: ${error.message}`,
        {
          status: error.status,
          requestId,
          cause: error,
        },
      );
    await pause(Math.min(1000 * 2 ** failures++, 30_000));
  };
  const spendBad = async (error: TinkerError) => {
    if (bad++ >= BAD_ANSWERS) throw error;
    await pause(20 * bad);
  };

  try {
    for (let iteration = 0; ; iteration++) {
      const asked = now();
      let answer: Answer;
      try {
        answer = await http.call(
          {
            method: 'POST',
            path: 'retrieve_future',
            json: { request_id: requestId, allow_metadata_only: offerMetadata },
            accept: request.protobuf ? 'application/x-protobuf, application/json' : 'application/json',
            headers: {
              'X-Stainless-Raw-Response': 'raw',
              'X-Tinker-Request-Type': requestType,
              'X-Tinker-Request-Iteration': String(iteration),
              ...(iteration === 0 && {
                'X-Tinker-Create-Promise-Roundtrip-Time': String(request.submitSeconds),
              }),
            },
            timeoutMs: POLL_TIMEOUT_MS,
            pool: 'poll',
            layers: 'none',
            sdkMethod: request.sdkMethod,
            signal: request.signal,
            accepts: () => true,
          },
          connection.auth,
        );
      } catch (error) {
        if (!TinkerError.is(error) || !error.retryable) throw error;
        await backOff(error);
        continue;
      }
      const { status } = answer;
      const failure = () => statusError(status, what, bodyOf(answer), requestId);
      if (status === 429 || status >= 500) {
        // SDK 0.38.0 asks again after a 5xx without a pause; a server in trouble is better left alone.
        if (status >= 500 && failures === 0) {
          failures++;
          continue;
        }
        await backOff(failure());
        continue;
      }
      heardAt = now();
      failures = 0;
      if (status === 408) {
        bad = 0;
        reportQueue(http.settings, watch, quietBody(answer));
        quick = now() - asked < QUICK_MS ? quick + 1 : 0;
        if (quick > 0) await pause(Math.min(50 * 2 ** (quick - 1), 1000));
        continue;
      }
      if (status === 402) {
        if (now() - watch.started > http.billingWindowMs) throw failure();
        await pause(5000);
        continue;
      }
      if (status === 400) {
        const words = wordsOf(bodyOf(answer));
        await spendBad(
          new TinkerError('request_failed', `${requestType} failed: ${words}`, {
            status,
            requestId,
            category: 'unknown',
          }),
        );
        continue;
      }
      if (status === 410)
        throw new TinkerError('expired', `${what} is gone: the server no longer has it`, {
          status,
          requestId,
        });
      if (status !== 200) throw failure();

      let json: Readonly<Record<string, unknown>>;
      try {
        if (answer.header('content-type')?.includes('application/x-protobuf')) {
          if (!request.protobuf) throw badResponse(`${what}: protobuf was not expected`, { requestId });
          return request.protobuf(answer.body);
        }
        const body = answer.json();
        if (typeof body !== 'object' || body === null)
          throw badResponse(`${what}: the answer is empty`, { requestId });
        json = body as Record<string, unknown>;
        if (isResult(json)) return request.json(json);
      } catch (error) {
        if (!TinkerError.is(error, 'bad_response')) throw error;
        await spendBad(
          new TinkerError('bad_response', error.message, {
            requestId,
            body: error.body,
            cause: error.cause ?? error,
          }),
        );
        continue;
      }
      if (json['type'] === 'try_again') {
        reportQueue(http.settings, watch, json);
        quick = now() - asked < QUICK_MS ? quick + 1 : 0;
        if (quick > 0) await pause(Math.min(50 * 2 ** (quick - 1), 1000));
      } else if (json['status'] === 'complete_metadata') {
        if (!offerMetadata)
          throw badResponse(`${what}: the server sends only its size, again`, { requestId });
        leaveRoom ??= await connection.resultBytes.enter(
          Number(json['response_payload_size'] ?? 0),
          request.signal,
          what,
        );
        offerMetadata = false;
      } else {
        throw new TinkerError('request_failed', `${requestType} failed: ${wordsOf(json)}`, {
          requestId,
          category: categoryOf(json['category']),
          body: json,
        });
      }
    }
  } finally {
    reportEnd(http.settings, watch);
    leaveRoom?.();
  }
}

const isResult = (json: Readonly<Record<string, unknown>>): boolean =>
  json['type'] !== 'try_again' && json['status'] !== 'complete_metadata' && !('error' in json);

const categoryOf = (value: unknown): FailureCategory =>
  value === 'user' || value === 'server' ? value : 'unknown';

/** The queue's state rides in the body of a 408, which may as well be empty. */
function quietBody(answer: Answer): Readonly<Record<string, unknown>> {
  const body = bodyOf(answer);
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}

/** What the server says to a submission. */
export interface Submitted {
  readonly requestId: string;
  readonly modelId: string | undefined;
  readonly sampleSequenceIds: readonly string[] | undefined;
  readonly seconds: number;
}

export function readSubmitted(answer: Answer, what: string, startedAt: number): Submitted {
  const body = (answer.json() ?? {}) as Record<string, unknown>;
  const { request_id: requestId, model_id: modelId, sample_sequence_ids: ids } = body;
  if (typeof requestId !== 'string')
    throw badResponse(`${what}: the answer has no request_id`, { body, requestId: requestIdOf(answer) });
  return {
    requestId,
    modelId: typeof modelId === 'string' ? modelId : undefined,
    sampleSequenceIds: Array.isArray(ids) ? (ids as string[]) : undefined,
    seconds: (now() - startedAt) / 1000,
  };
}
