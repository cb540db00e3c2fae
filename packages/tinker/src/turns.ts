/**
 * Ordered submission of one model's requests (protocol, section 8). A number is taken the moment a method is called;
 * a request is sent when the one before has been answered (answered, not done). Knows nothing of what the requests are.
 *
 * A number that was taken must reach the server, or every later request of the model waits for it there. So a submission
 * is carried out even if its caller has stopped waiting, and if it cannot be told whether the server took it, the model is
 * given up: later calls fail at once instead of waiting for ever, or training on half a batch.
 */
import { TinkerError } from './errors.js';

export class Turns {
  #next = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #broken: TinkerError | undefined;
  #owed: (() => Promise<unknown>) | undefined;

  /** Takes numbers, synchronously; they are sent plus one, since 0 belongs to the model's creation. */
  reserve(count: number): number[] {
    if (this.#broken) throw this.#broken;
    return Array.from({ length: count }, () => ++this.#next);
  }

  /** Runs when everything before has been submitted. Call it in the same breath as `reserve`. */
  enqueue<T>(submit: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(async () => {
      await this.#payOwed();
      if (this.#broken) throw this.#broken;
      return submit();
    });
    this.#turn = result.catch((error: unknown) => this.#judge(error));
    return result;
  }

  /**
   * Numbers were taken that will not be used: `use` sends something harmless in their place, once there is a later request
   * that would wait for them.
   */
  owe(use: () => Promise<unknown>): void {
    this.#owed = use;
  }

  async #payOwed(): Promise<void> {
    const owed = this.#owed;
    this.#owed = undefined;
    await owed?.().catch((error: unknown) => this.#judge(error));
  }

  /** A refusal (4xx) uses up its number and no more; anything else may leave a gap that the server would wait for. */
  #judge(error: unknown): void {
    if (!TinkerError.is(error) || error.code === 'closed') return;
    const { status = 0, retryable } = error;
    const refused = status >= 400 && status < 500 && !retryable;
    if (!refused && error.code !== 'broken') this.giveUp(error);
  }

  giveUp(cause: TinkerError): void {
    this.#broken ??= new TinkerError(
      'broken',
      `this training client cannot go on: an earlier request may or may not have reached the server. ` +
        `Make a new one from the last saved state. The first error: ${cause.message}`,
      { cause },
    );
  }
}
