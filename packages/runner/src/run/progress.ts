/** A line now and then about how far a run is, for people without a plugin that shows it. Keeps nothing. */
import { SpanStart, type StepEndEvent } from '@tinsmith/core';
import type { Kernel } from '@tinsmith/core/kernel';

/** Whoever listens to what a run waits for shows the run, e.g. `@tinsmith/logger-console`. */
export const isShown = (kernel: Kernel): boolean =>
  kernel.listeners().some(({ hook }) => hook.id === SpanStart.id);

interface ProgressOptions {
  readonly print: (line: string) => void;
  /** Least time between two lines. Default 10 000. */
  readonly everyMilliseconds?: number;
  /** In milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

export class Progress {
  readonly #print: (line: string) => void;
  readonly #every: number;
  readonly #now: () => number;
  readonly #started: number;
  #printed: number;
  #steps = 0;

  constructor({ print, everyMilliseconds = 10_000, now = () => performance.now() }: ProgressOptions) {
    this.#print = print;
    this.#every = everyMilliseconds;
    this.#now = now;
    this.#started = this.#printed = now();
  }

  /** The time that is left follows from the steps of this attempt. */
  stepEnded({ step, plannedSteps }: Pick<StepEndEvent, 'step' | 'plannedSteps'>): void {
    this.#steps++;
    const now = this.#now();
    if (now - this.#printed < this.#every) return;
    this.#printed = now;
    const seconds = (now - this.#started) / 1000;
    const left = plannedSteps === undefined ? undefined : plannedSteps - step - 1;
    const of = plannedSteps === undefined ? '' : ` of ${plannedSteps}`;
    const rest = left === undefined ? '' : `, about ${roughly((left * seconds) / this.#steps)} left`;
    this.#print(`step ${step + 1}${of}   ${roughly(seconds)}${rest}`);
  }
}

function roughly(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
