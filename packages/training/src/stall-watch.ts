/**
 * Whoever waits says for what: a run that hangs names what it hangs on, instead of being silent. Knows nothing about
 * rollouts.
 */
import { TinsmithError } from '@tinsmith/core';

/** Is told that something is being waited for; answers with what to call when it is over. */
export type Watch = (what: () => string) => () => void;

export interface StallWatchOptions {
  readonly log: (line: string) => void;
  /** How long nothing that is waited for may end before a line says so. */
  readonly seconds: number;
}

/** How many waits a line names. */
const NAMED = 3;

/** Logs a line, once per `seconds`, while nothing of what is waited for ends. Dispose of it: it holds a timer. */
export class StallWatch {
  readonly #waits = new Set<{ readonly what: () => string; readonly since: number }>();
  readonly #options: StallWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #lastEnd = performance.now();

  constructor(options: StallWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), Math.min(1, options.seconds / 4) * 1000);
    this.#timer.unref();
  }

  readonly watch: Watch = what => {
    const wait = { what, since: performance.now() };
    if (this.#waits.size === 0) this.#lastEnd = wait.since;
    this.#waits.add(wait);
    return () => {
      this.#waits.delete(wait);
      this.#lastEnd = performance.now();
    };
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const { seconds, log } = this.#options;
    if (this.#waits.size === 0 || (now - this.#lastEnd) / 1000 < seconds) return;
    this.#lastEnd = now; // the next line comes after the same time again
    const named = [...this.#waits].slice(0, NAMED); // a set keeps the order: the oldest first
    const lines = named.map(({ what, since }) => `${what()} (${Math.round((now - since) / 1000)} s)`);
    const others = this.#waits.size - named.length;
    log(`still waiting for ${lines.join('; ')}${others > 0 ? `; and ${others} others` : ''}`);
  }
}

/**
 * The result of `work`, watched.
 * @throws ROLLOUT_TIMEOUT if it takes longer than `seconds`; undefined: it may take for ever. The work is left behind then.
 */
export async function withinSeconds<T>(
  seconds: number | undefined,
  what: () => string,
  work: () => Promise<T>,
  watch?: Watch,
): Promise<T> {
  const end = watch?.(what);
  let timer: NodeJS.Timeout | undefined;
  try {
    if (seconds === undefined) return await work();
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(timeout(seconds, what())), seconds * 1000);
    });
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
    end?.();
  }
}

const timeout = (seconds: number, what: string) =>
  new TinsmithError({
    code: 'ROLLOUT_TIMEOUT',
    message: `a rollout waited ${seconds} s for ${what}`,
    fix: 'a longer turnTimeoutSeconds, or rolloutErrorTolerance to go on without such rollouts',
  });
