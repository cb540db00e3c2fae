/** When a run saves and evaluates. Knows nothing about how. */

export interface SaveCadence {
  /** Steps between periodic checkpoints; 0: none. */
  readonly saveEvery: number;
  /** Steps between rolling ones, which are for going on after a crash and expire soon; 0: none. */
  readonly rollingSaveEvery?: number;
  /** Tokens trained on since the last periodic one; 0: does not count. */
  readonly saveEveryTokens?: number;
  /** Seconds since the last periodic one; 0: does not count. */
  readonly saveEverySeconds?: number;
}

export type SaveKind = 'periodic' | 'rolling';

/** True every so many steps; 0 is never. */
export const isEvery = (every: number, step: number): boolean => every > 0 && step % every === 0;

/** Remembers since when tokens and seconds count. */
export class SaveClock {
  readonly #cadence: SaveCadence;
  readonly #now: () => number;
  #savedTokens: number;
  #savedAt: number;

  /** `now` in seconds; `tokens` that had been trained on when the clock was started. */
  constructor(
    cadence: SaveCadence,
    {
      now = () => performance.now() / 1000,
      tokens = 0,
    }: { readonly now?: () => number; readonly tokens?: number } = {},
  ) {
    this.#cadence = cadence;
    this.#savedTokens = tokens;
    this.#now = now;
    this.#savedAt = now();
  }

  /**
   * What to save when `batch` is the next one to run and `tokens` have been trained on. Never at 0, and no
   * rolling checkpoint where `saveEvery` gives a periodic one. Ask once per step.
   */
  due(batch: number, tokens: number): readonly SaveKind[] {
    if (batch === 0) return [];
    const { saveEvery, rollingSaveEvery = 0, saveEveryTokens = 0, saveEverySeconds = 0 } = this.#cadence;
    const byStep = isEvery(saveEvery, batch);
    const isPeriodic =
      byStep ||
      (saveEveryTokens > 0 && tokens - this.#savedTokens >= saveEveryTokens) ||
      (saveEverySeconds > 0 && this.#now() - this.#savedAt >= saveEverySeconds);
    if (isPeriodic) {
      this.#savedTokens = tokens;
      this.#savedAt = this.#now();
    }
    const isRolling = !byStep && isEvery(rollingSaveEvery, batch);
    return [...(isPeriodic ? (['periodic'] as const) : []), ...(isRolling ? (['rolling'] as const) : [])];
  }
}
