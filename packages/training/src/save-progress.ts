/** Checkpoints of a loop: which kind, called what, alive for how long. The loop says where it stands. */
import type { Run, TrainingClient } from '@tinsmith/core';
import { type SaveCadence, SaveClock, type SaveKind } from './cadence.js';

export interface SaveOptions extends SaveCadence {
  /** Life of periodic checkpoints; null: for good. */
  readonly ttlSeconds: number | null;
  /** Life of rolling ones. Default 7200. */
  readonly rollingTtlSeconds?: number;
}

const ROLLING_TTL_SECONDS = 7200;

export class ProgressSaver {
  readonly #run: Pick<Run, 'checkpoints'>;
  readonly #training: TrainingClient;
  readonly #options: SaveOptions;
  readonly #clock: SaveClock;

  constructor(run: Pick<Run, 'checkpoints'>, training: TrainingClient, options: SaveOptions) {
    this.#run = run;
    this.#training = training;
    this.#options = options;
    this.#clock = new SaveClock(options);
  }

  /** As `SaveClock.due`: ask once per step. */
  due(batch: number, tokens = 0): readonly SaveKind[] {
    return this.#clock.due(batch, tokens);
  }

  /**
   * Saves with a row that says `batch` is the next one to run: call it when everything before has been learnt.
   * A periodic checkpoint is as good as a rolling one, so one is saved even if both are due.
   */
  async save(batch: number, kinds: readonly SaveKind[]): Promise<void> {
    const { ttlSeconds, rollingTtlSeconds = ROLLING_TTL_SECONDS } = this.#options;
    const name = String(batch).padStart(6, '0');
    if (kinds.includes('periodic')) {
      const life = ttlSeconds !== null && { ttlSeconds };
      await this.#run.checkpoints.save(this.#training, { name, batch, ...life });
    } else if (kinds.includes('rolling')) {
      const life = { ttlSeconds: rollingTtlSeconds };
      await this.#run.checkpoints.save(this.#training, { name, batch, kind: 'state', ...life });
    }
  }

  /** The last checkpoint, for good. */
  async finish(batch: number): Promise<void> {
    await this.#run.checkpoints.save(this.#training, { name: 'final', batch });
  }
}
