/**
 * One loop per sampler that learns which of its samples are done, instead of one poll per sample; only for servers whose
 * configuration asks for it (protocol, section 7.6). The results themselves are fetched elsewhere.
 */
import type { Connection } from './connection.js';
import { TinkerError } from './errors.js';
import { abortError } from './http/limits.js';

export interface Completion {
  /** Bytes of the payload, if the server said so. */
  readonly size: number | undefined;
}

interface Waiter {
  readonly resolve: (completion: Completion) => void;
  readonly reject: (error: Error) => void;
}

const POLL_TIMEOUT_MS = 45_000;
const ACKNOWLEDGE_TIMEOUT_MS = 5000;
const PAUSE_MS = 1000;
const BILLING_PAUSE_MS = 5000;
const BAD_REQUESTS = 3;

export class SessionPoller {
  readonly #connection: Connection;
  readonly #target: Readonly<Record<string, unknown>>;
  readonly #waiting = new Map<string, Waiter>();
  /** Completions that arrived before their submission's answer had been read. */
  readonly #early = new Map<string, Completion>();
  #retrieved: string[] = [];
  #cursor: unknown = 0;
  #running = false;
  #fatal: TinkerError | undefined;

  constructor(connection: Connection, samplingSessionId: string, clone: number | bigint) {
    this.#connection = connection;
    this.#target = {
      type: 'sampling_session',
      sampling_session_id: samplingSessionId,
      cloned_sampler_id: clone,
    };
  }

  completion(requestId: string, signal: AbortSignal | undefined): Promise<Completion> {
    if (this.#fatal) return Promise.reject(this.#fatal);
    const early = this.#early.get(requestId);
    if (early) {
      this.#early.delete(requestId);
      return Promise.resolve(early);
    }
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(requestId);
        reject(abortError(signal!, 'sample'));
      };
      if (signal?.aborted) return stop();
      signal?.addEventListener('abort', stop, { once: true });
      const done = () => signal?.removeEventListener('abort', stop);
      this.#waiting.set(requestId, {
        resolve(completion) {
          done();
          resolve(completion);
        },
        reject(error) {
          done();
          reject(error);
        },
      });
      this.#start();
    });
  }

  /** The payload is here: the server may forget it. */
  acknowledge(requestId: string): void {
    this.#retrieved.push(requestId);
    this.#start();
  }

  #start(): void {
    if (this.#running || this.#fatal) return;
    this.#running = true;
    void this.#loop().finally(() => {
      this.#running = false;
      // Somebody may have come while the last answer was on its way.
      if (this.#waiting.size > 0) this.#start();
    });
  }

  async #loop(): Promise<void> {
    let bad = 0;
    while ((this.#waiting.size > 0 || this.#retrieved.length > 0) && !this.#fatal) {
      const idle = this.#waiting.size === 0;
      const acknowledged = [...this.#retrieved];
      try {
        const answer = await this.#connection.call({
          method: 'POST',
          path: 'retrieve_futures',
          json: {
            target: this.#target,
            prev_cursor: this.#cursor,
            ...(idle && { timeout: 0 }),
            retrieved_request_ids: acknowledged,
          },
          layers: 'none',
          pool: 'poll',
          timeoutMs: idle ? ACKNOWLEDGE_TIMEOUT_MS : POLL_TIMEOUT_MS,
        });
        bad = 0;
        this.#retrieved = this.#retrieved.slice(acknowledged.length);
        this.#read(answer.json());
      } catch (error) {
        if (!TinkerError.is(error))
          return this.#fail(new TinkerError('bad_response', String(error), { cause: error }));
        if (error.code === 'closed') return this.#fail(error);
        const patient =
          error.retryable || (error.status === 400 && bad++ < BAD_REQUESTS) || error.status === 402;
        if (!patient) return this.#fail(error);
        // Nobody waits: what could not be acknowledged is sent along with the next poll.
        if (idle && this.#waiting.size === 0) return;
        try {
          const pause = error.status === 402 ? BILLING_PAUSE_MS : PAUSE_MS;
          await this.#connection.http.pause(pause, { method: 'POST', path: 'retrieve_futures' });
        } catch (closed) {
          return this.#fail(closed as TinkerError);
        }
      }
    }
  }

  #read(body: unknown): void {
    const { completions, cursor } = (body ?? {}) as { completions?: unknown; cursor?: unknown };
    if (!Array.isArray(completions))
      throw new TinkerError('bad_response', 'retrieve_futures: no completions', { body });
    this.#cursor = cursor ?? this.#cursor;
    for (const item of completions as Readonly<Record<string, unknown>>[]) {
      const id = String(item['request_id']);
      const size = item['response_payload_uncompressed_size'];
      const completion = { size: typeof size === 'number' ? size : undefined };
      const waiter = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (waiter) waiter.resolve(completion);
      else this.#early.set(id, completion);
    }
  }

  #fail(error: TinkerError): void {
    if (error.code !== 'closed') this.#fatal = error;
    for (const waiter of this.#waiting.values()) waiter.reject(error);
    this.#waiting.clear();
  }
}
