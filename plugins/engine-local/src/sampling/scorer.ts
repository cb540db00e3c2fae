/**
 * Log-probabilities of many sequences together: what comes while others are being scored is scored with what else has come. Knows
 * nothing of messages.
 */
import type { Policy } from '../worker/policy.js';
import { scoreSequences } from './score.js';

interface Waiting {
  readonly policy: Policy;
  readonly tokens: Int32Array;
  readonly resolve: (logprobs: Float64Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Positions that are scored in one turn. */
const mostPositions = 4096;

export class Scorer {
  readonly #takeTurn: <T>(work: () => Promise<T>) => Promise<T>;
  #waiting: Waiting[] = [];
  #isWorking = false;

  /** @param takeTurn does a piece of work when nothing else is being done. */
  constructor(takeTurn: <T>(work: () => Promise<T>) => Promise<T>) {
    this.#takeTurn = takeTurn;
  }

  /** @returns (resolves) the log-probabilities of tokens 1 to the last, given those before. */
  score(policy: Policy, tokens: Int32Array): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ policy, tokens, resolve, reject });
      if (this.#isWorking) return;
      this.#isWorking = true;
      setImmediate(() => void this.#work()); // what was sent together arrives together
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) await this.#takeTurn(() => this.#turn());
    this.#isWorking = false;
  }

  async #turn(): Promise<void> {
    const { policy } = this.#waiting[0]!;
    let positions = 0;
    const isTaken = (waiting: Waiting) =>
      waiting.policy === policy && (positions += waiting.tokens.length) <= mostPositions;
    const taken = new Set(this.#waiting.filter((waiting, index) => isTaken(waiting) || index === 0));
    this.#waiting = this.#waiting.filter(waiting => !taken.has(waiting));
    const jobs = [...taken];
    try {
      const sequences = jobs.map(({ tokens }) => tokens);
      const scores = await scoreSequences(policy, sequences);
      jobs.forEach(({ resolve }, index) => resolve(scores[index]!));
    } catch (error) {
      for (const { reject } of jobs) reject(error);
    }
  }
}
