/**
 * Back-pressure of sampling (protocol, section 9.3): how many submissions are under way, how many bytes of prompts, and
 * the pause that a 429 imposes on all samplers of a session. Covers the submission only, not the wait for the result.
 */
import type { Connection } from './connection.js';
import type { Answer } from './http/http.js';
import { now, slots } from './http/limits.js';

const DISPATCHES = 400;
const THROTTLED_DISPATCHES = 10;
const THROTTLED_FOR_MS = 10_000;
const THROTTLED_WEIGHT = 20;
const SMALL_PROMPT_BYTES = 131_072;

export class SampleGate {
  readonly #connection: Connection;
  readonly #dispatches = slots(DISPATCHES);
  readonly #throttled = slots(THROTTLED_DISPATCHES);
  #pausedUntil = 0;
  #backedOffAt = -Infinity;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Sends until the answer is something else than "too much" (429) or "not paid" (402). */
  async dispatch(
    bytes: number,
    signal: AbortSignal | undefined,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    const { http, promptBytes } = this.#connection;
    const call = { method: 'POST' as const, path: 'asample', signal };
    const started = now();
    for (;;) {
      while (now() < this.#pausedUntil) await http.pause(this.#pausedUntil - now(), call);
      const throttled = now() - this.#backedOffAt < THROTTLED_FOR_MS;
      const leaves = [await this.#dispatches.enter(1, signal, 'asample')];
      try {
        if (throttled) leaves.push(await this.#throttled.enter(1, signal, 'asample'));
        leaves.push(await promptBytes.enter(throttled ? bytes * THROTTLED_WEIGHT : bytes, signal, 'asample'));
        if (now() < this.#pausedUntil) continue;
        const answer = await send();
        const unpaid = answer.status === 402 && now() - started < http.billingWindowMs;
        if (answer.status !== 429 && !unpaid) return answer;
        this.#backedOffAt = now();
        this.#pausedUntil = Math.max(this.#pausedUntil, now() + (bytes <= SMALL_PROMPT_BYTES ? 1000 : 5000));
      } finally {
        for (const leave of leaves) leave();
      }
    }
  }
}
