/** Pieces of work, one at a time, first come first served: what a thread does must not overlap. Knows nothing of the work. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns (settles) what the work does. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
