/**
 * Sends in the background while the run goes on: every few seconds what has come up, a sign of life when there is nothing,
 * later and later while the server fails. Never in the way of the run: a failure is a line for people.
 */
import { messageOf, TinsmithError } from '@tinsmith/core';
import { WandbFailure } from './api.js';
import type { Delivery } from './delivery.js';

export interface SenderOptions {
  readonly sendEverySeconds: number;
  /** Tells people. */
  readonly say: (text: string) => void;
}

const HEARTBEAT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 60;
const FIRST_WAIT_SECONDS = 2;
/** When the run is over and only the rest is to be sent. */
const LAST_WAIT_SECONDS = 1;

export class Sender {
  readonly #delivery: Delivery;
  readonly #options: SenderOptions;
  /** Aborted when the time for sending is over. */
  readonly #over = new AbortController();
  #endPause: (() => void) | undefined;
  #loop: Promise<void> | undefined;
  #isFinishing = false;
  #gaveUp = false;
  #failures = 0;
  #lastSent = Date.now();

  constructor(delivery: Delivery, options: SenderOptions) {
    this.#delivery = delivery;
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Sends the rest, for as long as there is time. True if the server has everything. */
  async finish(exitcode: number | undefined, seconds: number): Promise<boolean> {
    const timer = setTimeout(() => {
      this.#over.abort(new Error('no time left'));
      this.#endPause?.();
    }, seconds * 1000);
    try {
      this.#isFinishing = true;
      this.#endPause?.();
      await this.#loop;
      while (!this.#gaveUp && !this.#over.signal.aborted) {
        if (await this.#try(signal => this.#end(exitcode, signal))) return true;
      }
      return false;
    } finally {
      clearTimeout(timer);
      this.#over.abort();
    }
  }

  async #run(): Promise<void> {
    while (!this.#isFinishing && !this.#gaveUp) {
      await this.#pause(this.#options.sendEverySeconds);
      if (!this.#isFinishing) await this.#try(signal => this.#sendNow(signal));
    }
  }

  async #sendNow(signal: AbortSignal): Promise<void> {
    if (!this.#delivery.isConnected) await this.#delivery.connect(signal);
    const now = Date.now();
    if (await this.#delivery.send(signal)) this.#lastSent = now;
    else if (now - this.#lastSent > HEARTBEAT_SECONDS * 1000) {
      await this.#delivery.heartbeat(signal);
      this.#lastSent = now;
    }
    await this.#delivery.askWhetherStopped(signal);
  }

  async #end(exitcode: number | undefined, signal: AbortSignal): Promise<void> {
    if (!this.#delivery.isConnected) await this.#delivery.connect(signal);
    await this.#delivery.send(signal);
    if (exitcode !== undefined) await this.#delivery.complete(exitcode, signal);
  }

  /** True if it went well. After a failure, resolves when it is time for the next attempt. */
  async #try(action: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const { signal } = this.#over;
    try {
      await action(signal);
    } catch (error) {
      if (signal.aborted) return false;
      await this.#afterFailure(error);
      return false;
    }
    if (this.#failures > 0) this.#options.say('W&B answers again');
    this.#failures = 0;
    return true;
  }

  async #afterFailure(error: unknown): Promise<void> {
    const { say, sendEverySeconds } = this.#options;
    if (TinsmithError.is(error) || (error instanceof WandbFailure && !error.canRetry)) {
      this.#gaveUp = true;
      say(`${messageOf(error)}; no more is sent in this run`);
      return;
    }
    if (this.#failures === 0) say(`${messageOf(error)}; rows wait in the run folder`);
    const first = Math.min(FIRST_WAIT_SECONDS, sendEverySeconds);
    const longest = this.#isFinishing ? LAST_WAIT_SECONDS : LONGEST_WAIT_SECONDS;
    const wait = Math.min(first * 2 ** this.#failures, longest);
    const asked = error instanceof WandbFailure ? (error.retryAfterSeconds ?? 0) : 0;
    this.#failures++;
    await this.#pause(Math.max(wait, asked));
  }

  /** Ends early when the run ends, and does not keep the process alive. */
  async #pause(seconds: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, seconds * 1000);
      if (!this.#isFinishing) timer.unref();
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endPause = undefined;
  }
}
