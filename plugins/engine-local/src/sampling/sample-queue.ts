/** The program's end of sample requests: sends each at once, and takes it back when its signal is aborted. */
import type { SampleCall, SampleReply } from '../worker/messages.js';
import type { WorkerConnection } from '../worker/worker-connection.js';

export class SampleQueue {
  readonly #connection: WorkerConnection;
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
    const reply = this.#connection.call('sample', call);
    if (!signal) return reply;
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#connection.cancel([call.id]);
        reject(signal.reason);
      };
      const settled = () => signal.removeEventListener('abort', abort);
      signal.addEventListener('abort', abort, { once: true });
      reply.finally(settled).then(resolve, reject);
    });
  }
}
