/**
 * The order of one client's calls where a call has several parts with the caller's own code between them: what is submitted
 * meanwhile waits until the last part has been sent. Otherwise a call is sent at once. Knows nothing of what calls do.
 */
export class CallOrder {
  /** What was submitted while the order is held; undefined: nobody holds it. */
  #waiting: (() => void)[] | undefined;

  /** Sends now, or after everything that was submitted before. */
  submit<T>(send: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting;
    if (!waiting) return send();
    return new Promise((resolve, reject) => waiting.push(() => void send().then(resolve, reject)));
  }

  /** Submits a call of several parts. It holds the order until it calls `release`, after sending its last part, or fails. */
  hold<T>(parts: (release: () => void) => Promise<T>): Promise<T> {
    return this.submit(() => {
      const waiting: (() => void)[] = (this.#waiting = []);
      const release = (): void => {
        if (this.#waiting === waiting) this.#goOn(waiting);
      };
      return parts(release).finally(release);
    });
  }

  #goOn(waiting: readonly (() => void)[]): void {
    this.#waiting = undefined;
    for (const send of waiting) this.#pass(send);
  }

  /** One of those that waited may hold the order in its turn. */
  #pass(send: () => void): void {
    if (this.#waiting) this.#waiting.push(send);
    else send();
  }
}
