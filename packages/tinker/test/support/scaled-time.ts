/**
 * Time that runs faster, for client and server alike: waits of seconds take milliseconds, and their proportions stay. Sockets
 * and Node's own timers are untouched.
 */
export interface ScaledTime {
  /** Sets the machine's clock: `Date.now` jumps, the monotonic clock does not. */
  jumpClock(milliseconds: number): void;
  restore(): void;
}

export function scaleTime(factor: number): ScaledTime {
  const real = {
    setTimeout: globalThis.setTimeout,
    now: performance.now.bind(performance),
    date: Date.now.bind(Date),
  };
  let jump = 0;
  const scaled = (callback: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) =>
    real.setTimeout(callback, milliseconds / factor, ...args);
  globalThis.setTimeout = scaled as unknown as typeof setTimeout;
  performance.now = () => real.now() * factor;
  Date.now = () => real.date() + jump;
  return {
    jumpClock(milliseconds) {
      jump += milliseconds;
    },
    restore() {
      globalThis.setTimeout = real.setTimeout;
      performance.now = real.now;
      Date.now = real.date;
    },
  };
}

/** A seeded generator of numbers in [0, 1) (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
