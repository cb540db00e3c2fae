/**
 * Gathers the sample requests of one tick into one message, so that they share batches. A tick ends when the event that the
 * program is handling, with all promises that follow from it, has been worked off; so what is batched depends on the program
 * alone, never on the clock. Their replies come together. Knows nothing of what a request means.
 */
import { errorFromRecord } from '../worker/error-record.js';
import type { SampleCall, SampleReply } from '../worker/messages.js';
import type { WorkerConnection } from '../worker/worker-connection.js';

interface Waiting {
  readonly call: SampleCall;
  readonly resolve: (reply: SampleReply) => void;
  readonly reject: (error: unknown) => void;
}

export class SampleQueue {
  readonly #connection: WorkerConnection;
  #tick: Waiting[] = [];
  #nextId = 1;

  constructor(connection: WorkerConnection) {
    this.#connection = connection;
  }

  nextId(): number {
    return this.#nextId++;
  }

  /** @throws (rejects) the signal's reason as soon as it is aborted; the worker then drops the samples. */
  submit(call: SampleCall, signal?: AbortSignal): Promise<SampleReply> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    let stopWatching: (() => void) | undefined;
    const reply = new Promise<SampleReply>((resolve, reject) => {
      const waiting: Waiting = { call, resolve, reject };
      if (signal) stopWatching = this.#watch(waiting, signal);
      this.#tick.push(waiting);
      if (this.#tick.length === 1) atEndOfTick(() => this.#send());
    });
    return reply.finally(() => stopWatching?.());
  }

  #send(): void {
    const tick = this.#tick;
    if (tick.length === 0) return;
    this.#tick = [];
    const requests = tick.map(({ call }) => call);
    this.#connection
      .call('sample', { requests })
      .then(outcomes => {
        outcomes.forEach((outcome, index) => {
          const { resolve, reject } = tick[index]!;
          if (outcome.ok) resolve(outcome.reply);
          else reject(errorFromRecord(outcome.error));
        });
      })
      .catch((error: unknown) => tick.forEach(({ reject }) => reject(error)));
  }

  #watch(waiting: Waiting, signal: AbortSignal): () => void {
    const abort = () => {
      if (this.#tick.includes(waiting)) this.#tick = this.#tick.filter(other => other !== waiting);
      else this.#connection.cancel([waiting.call.id]);
      waiting.reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  }
}

/** After the code that runs now, the promise callbacks that it has set off, and theirs. */
function atEndOfTick(callback: () => void): void {
  process.nextTick(() => queueMicrotask(() => process.nextTick(callback)));
}
