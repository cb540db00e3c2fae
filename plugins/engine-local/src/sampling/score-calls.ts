/**
 * The program's end of scoring: sequences that are asked for in one go are sent in one call. What is computed together, and with it
 * the last bits of the numbers, follows from the program alone and not from how fast messages arrive. Knows nothing of models.
 */
interface Waiting {
  readonly tokens: Int32Array;
  readonly resolve: (logprobs: Float64Array) => void;
  readonly reject: (error: unknown) => void;
}

export class ScoreCalls {
  readonly #send: (sequences: readonly Int32Array[]) => Promise<readonly Float64Array[]>;
  #waiting: Waiting[] = [];

  /** @param send scores sequences together, and gives the results in their order. */
  constructor(send: (sequences: readonly Int32Array[]) => Promise<readonly Float64Array[]>) {
    this.#send = send;
  }

  /** @returns (resolves) the log-probabilities of tokens 1 to the last, given those before. */
  score(tokens: Int32Array): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ tokens, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#sendAll());
    });
  }

  async #sendAll(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const scores = await this.#send(waiting.map(({ tokens }) => tokens));
      waiting.forEach(({ resolve }, index) => resolve(scores[index]!));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
