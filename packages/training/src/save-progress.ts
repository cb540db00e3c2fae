/** Checkpoints of a loop: which kind, called what, alive for how long. The loop says where it stands. */
import {
  type CheckpointOptions,
  type CheckpointRow,
  type CheckpointStore,
  messageOf,
  type Run,
  type TrainingClient,
} from '@tinsmith/core';
import { type SaveCadence, SaveClock, type SaveKind } from './cadence.js';

export interface SaveOptions extends SaveCadence {
  /** Life of periodic checkpoints; null: for good. */
  readonly ttlSeconds: number | null;
  /** Life of rolling ones. Default 7200. */
  readonly rollingTtlSeconds?: number;
}

const ROLLING_TTL_SECONDS = 7200;

type SavingRun = Pick<Run, 'checkpoints' | 'log'>;

export class ProgressSaver {
  readonly #run: SavingRun;
  readonly #training: TrainingClient;
  readonly #options: SaveOptions;
  readonly #store: CheckpointStore | undefined;
  readonly #clock: SaveClock;
  /** Rolling checkpoints that a later one has to remove. */
  #rolling: readonly string[];

  /** `tokens`: trained on before this attempt. `store`: where rolling checkpoints are removed; none: they expire. */
  constructor(
    run: SavingRun,
    training: TrainingClient,
    options: SaveOptions,
    store?: CheckpointStore,
    tokens = 0,
  ) {
    this.#run = run;
    this.#training = training;
    this.#options = options;
    this.#store = store;
    this.#clock = new SaveClock(options, { tokens });
    this.#rolling = unremoved(run.checkpoints.last);
  }

  /** As `SaveClock.due`: ask once per step. */
  due(batch: number, tokens = 0): readonly SaveKind[] {
    return this.#clock.due(batch, tokens);
  }

  /**
   * Saves with a row that says `batch` is the next one to run: call it when everything before has been learnt.
   * A periodic checkpoint is as good as a rolling one, so one is saved even if both are due.
   */
  async save(
    batch: number,
    kinds: readonly SaveKind[],
    progress: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const { ttlSeconds, rollingTtlSeconds = ROLLING_TTL_SECONDS } = this.#options;
    const place = { name: String(batch).padStart(6, '0'), batch };
    if (kinds.includes('periodic')) {
      const life = ttlSeconds !== null && { ttlSeconds };
      await this.#save({ ...place, ...life }, progress);
    } else if (kinds.includes('rolling')) {
      const rolling = { kind: 'state', rolling: true, ttlSeconds: rollingTtlSeconds } as const;
      await this.#save({ ...place, ...rolling }, progress);
    }
  }

  /** The last checkpoint, for good. */
  async finish(batch: number, progress: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.#save({ name: 'final', batch }, progress);
  }

  /**
   * First the new row, then the rolling state before it goes. The row names what it replaces, so that an attempt that was
   * killed in between is made good by the next one.
   */
  async #save(options: CheckpointOptions, progress: Readonly<Record<string, unknown>>): Promise<void> {
    const replaced = this.#store ? this.#rolling : [];
    const named = replaced.length > 0 ? { ...progress, replaces: replaced } : progress;
    const row = await this.#run.checkpoints.save(this.#training, { ...options, progress: named });
    this.#rolling = options.rolling && row.state_path !== undefined ? [row.state_path] : [];
    await Promise.all(replaced.map(path => this.#remove(path)));
  }

  async #remove(path: string): Promise<void> {
    try {
      await this.#store!.delete(path);
    } catch (error) {
      this.#run.log(`the rolling checkpoint ${path} could not be removed, it stays: ${messageOf(error)}`);
    }
  }
}

/** What the row's checkpoint may have left, and the checkpoint itself if it is a rolling one. */
function unremoved(last: CheckpointRow | undefined): readonly string[] {
  const replaced = Array.isArray(last?.['replaces']) ? last['replaces'].map(String) : [];
  return last?.rolling && last.state_path !== undefined ? [...replaced, last.state_path] : replaced;
}
