/**
 * The program's end of the engine's worker thread: sends calls in order, matches replies, and rejects everything
 * that is pending when the thread ends. Knows nothing of what the calls mean.
 */
import { messageOf, TinsmithError } from '@tinsmith/core';
import type { Worker } from 'node:worker_threads';
import { errorFromRecord } from './error-record.js';
import { type NativeGate, shutAtExit, shutGate } from './native-gate.js';
import type { CallMessage, CallName, CancelNotice, FromWorker, Reply, Request } from './messages.js';

interface Pending {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class WorkerConnection {
  readonly #worker: Worker;
  readonly #gate: NativeGate;
  readonly #pending = new Map<number, Pending>();
  #nextNumber = 1;
  /** Why no call can be made any more. */
  #ended: TinsmithError | undefined;
  readonly #exited: Promise<void>;

  /** @param worker speaks the protocol of `messages.ts`, makes native calls through `gate`; belongs to this object from now on. */
  constructor(worker: Worker, gate: NativeGate) {
    this.#worker = worker;
    this.#gate = gate;
    const withdraw = shutAtExit(gate);
    this.#worker.unref(); // an idle engine does not keep the program alive
    this.#worker.on('message', (message: FromWorker) => this.#settle(message));
    this.#worker.on('error', error => this.#end(stopped(`it failed: ${messageOf(error)}`, error)));
    this.#worker.on('messageerror', error => this.#end(stopped('a reply could not be read', error)));
    this.#exited = new Promise(resolve => {
      this.#worker.once('exit', code => {
        withdraw();
        this.#end(stopped(`it ended with code ${code}`));
        resolve();
      });
    });
  }

  /**
   * Sends a call; it takes its place in the order now. Buffers in `transfer` move to the worker and are empty here afterwards.
   * @throws (rejects) the worker's error, or ENGINE_STOPPED if the thread has ended.
   */
  call<N extends CallName>(
    name: N,
    request: Request<N>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Reply<N>> {
    if (this.#ended) return Promise.reject(this.#ended);
    const number = this.#nextNumber++;
    const message: CallMessage = { kind: 'call', number, name, request };
    const reply = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(number, { resolve, reject });
    });
    this.#worker.postMessage(message, [...transfer]);
    if (this.#pending.size === 1) this.#worker.ref();
    return reply as Promise<Reply<N>>;
  }

  /** Tells the worker, ahead of the order, that the results of sample requests are not wanted. */
  cancel(ids: readonly number[]): void {
    const notice: CancelNotice = { kind: 'cancel', ids };
    if (!this.#ended) this.#worker.postMessage(notice, []);
  }

  /** Ends the thread, once a graph that is running has come to its end. Pending calls reject at once with ENGINE_CLOSED. Safe to call twice. */
  async close(): Promise<void> {
    this.#end(
      new TinsmithError({
        code: 'ENGINE_CLOSED',
        message: 'the engine has been closed',
        plugin: '@tinsmith/engine-local',
      }),
    );
    await shutGate(this.#gate);
    await this.#worker.terminate();
    await this.#exited;
  }

  #settle(message: FromWorker): void {
    const pending = this.#pending.get(message.number);
    if (!pending) return; // closed meanwhile
    this.#pending.delete(message.number);
    if (this.#pending.size === 0) this.#worker.unref();
    if (message.kind === 'reply') pending.resolve(message.reply);
    else pending.reject(errorFromRecord(message.error));
  }

  #end(reason: TinsmithError): void {
    this.#ended ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}

function stopped(found: string, cause?: unknown): TinsmithError {
  return new TinsmithError({
    code: 'ENGINE_STOPPED',
    message: "the engine's worker thread has ended",
    found,
    fix: 'create a new engine; if memory ran out, use shorter sequences or a smaller model',
    plugin: '@tinsmith/engine-local',
    cause,
  });
}
