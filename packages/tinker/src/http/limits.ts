/**
 * What bounds the work in flight: slots, byte budgets, and waiting that a signal can end. Everything is first in, first
 * out, and everything waiting is let go when its owner closes.
 */
import { TinkerError } from '../errors.js';

/** Monotonic milliseconds: deadlines must not move when the clock of the machine is set. */
export const now = (): number => performance.now();

export function abortError(signal: AbortSignal, what: string): TinkerError {
  const reason: unknown = signal.reason;
  return TinkerError.is(reason) ? reason : new TinkerError('aborted', `${what}: aborted`, { cause: reason });
}

/** Waits; ends early, with an error, when the signal fires. */
export function sleep(milliseconds: number, signal?: AbortSignal, what = 'waiting'): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortError(signal, what));
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
    const stop = () => {
      done();
      reject(abortError(signal!, what));
    };
    const timer = setTimeout(() => {
      done();
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop);
  });
}

/** The promise, or the signal's error if that comes first. The promise itself goes on. */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined, what: string): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(abortError(signal, what));
    if (signal.aborted) {
      promise.catch(() => {});
      return stop();
    }
    signal.addEventListener('abort', stop);
    const done = () => signal.removeEventListener('abort', stop);
    promise.then(
      value => {
        done();
        resolve(value);
      },
      (error: unknown) => {
        done();
        reject(error);
      },
    );
  });
}

interface Waiter {
  readonly size: number;
  readonly enter: () => void;
  readonly refuse: (reason: Error) => void;
  dropped: boolean;
}

/**
 * A budget of units. A request may enter while the rest is at least `floor`, and then takes its size, so that one
 * oversized request always passes (section 9.3). With size 1 and floor 1 it is a semaphore.
 */
export class Budget {
  readonly #total: () => number;
  readonly #floor: number;
  #taken = 0;
  #queue: Waiter[] = [];
  #head = 0;
  #closed: Error | undefined;

  constructor(total: () => number, floor: number) {
    this.#total = total;
    this.#floor = floor;
  }

  /** From the limit as it is now: limits follow the server's configuration. */
  get #free(): number {
    return this.#total() - this.#taken;
  }

  async enter(size: number, signal?: AbortSignal, what = 'waiting for room'): Promise<() => void> {
    if (this.#closed) throw this.#closed;
    if (signal?.aborted) throw abortError(signal, what);
    if (this.#head < this.#queue.length || this.#free < this.#floor) await this.#wait(size, signal, what);
    else this.#taken += size;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#taken -= size;
      this.wake();
    };
  }

  #wait(size: number, signal: AbortSignal | undefined, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        waiter.dropped = true;
        reject(abortError(signal!, what));
      };
      const waiter: Waiter = {
        size,
        dropped: false,
        enter() {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
        refuse(reason) {
          signal?.removeEventListener('abort', stop);
          reject(reason);
        },
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.#queue.push(waiter);
    });
  }

  /** Refuses everybody who waits, and everybody after. */
  close(reason: Error): void {
    this.#closed = reason;
    for (const waiter of this.#queue.splice(this.#head)) if (!waiter.dropped) waiter.refuse(reason);
    this.#queue = [];
    this.#head = 0;
  }

  /** Lets in whoever fits; also called when the limit may have grown. */
  wake(): void {
    while (this.#head < this.#queue.length && this.#free >= this.#floor) {
      const waiter = this.#queue[this.#head++]!;
      if (waiter.dropped) continue;
      this.#taken += waiter.size;
      waiter.enter();
    }
    if (this.#head > 1024 || this.#head === this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

export const slots = (count: number): Budget => new Budget(() => count, 1);
