/** Saves checkpoints: first the engine, then the loggers, then the row that makes it count. */
import {
  CheckpointSaved,
  type CheckpointOptions,
  type CheckpointRow,
  type Checkpoints,
  type HookRunner,
  resumableRow,
  type TrainingClient,
} from '@tinsmith/core';
import type { CheckpointFile } from '../folder/checkpoint-file.js';
import type { Positions } from './sinks.js';

interface Collaborators {
  readonly file: CheckpointFile;
  readonly flushSinks: () => Promise<Positions>;
  readonly hooks: HookRunner;
  /** In every row: from the seed and `batch` follows all that is random; the hash says which settings the row was made with. */
  readonly stamp: { readonly seed: number; readonly config_hash: string };
}

export class RunCheckpoints implements Checkpoints {
  /** Of the run as it was started; rows of this attempt do not change it. */
  readonly last: CheckpointRow | undefined;
  readonly #with: Collaborators;

  constructor(collaborators: Collaborators) {
    this.#with = collaborators;
    this.last = resumableRow(collaborators.file.rows);
  }

  async save(
    training: TrainingClient,
    { name, batch, kind = 'both', ttlSeconds, rolling, progress }: CheckpointOptions,
  ): Promise<CheckpointRow> {
    const { file, flushSinks, hooks, stamp } = this.#with;
    const saveAs = this.#unusedName(name);
    // A checkpoint of that name without a row is what an attempt saved that was killed before the row.
    const options = { overwrite: true, ...(ttlSeconds !== undefined && { ttlSeconds }) };
    // Counted from before the save: rather too early than a resume from what the engine has removed.
    const expires = ttlSeconds === undefined ? undefined : new Date(Date.now() + ttlSeconds * 1000);
    const [state, sampler] = await Promise.all([
      kind === 'sampler' ? undefined : training.saveState(saveAs, options),
      kind === 'state' ? undefined : training.saveWeightsForSampler(saveAs, options),
    ]);
    const positions = await flushSinks();
    const row: CheckpointRow = {
      name,
      batch,
      ...progress,
      ...(rolling && { rolling }),
      ...(state && { state_path: state.path }),
      ...(sampler && { sampler_path: sampler.path }),
      ...(expires && { expires_at: expires.toISOString() }),
      ...(Object.keys(positions).length > 0 && { positions }),
      ...stamp,
    };
    await file.append(row);
    await hooks.emit(CheckpointSaved, { row });
    return row;
  }

  /** What a row points to is never overwritten: until the new row is written, it is what a resume needs. */
  #unusedName(name: string): string {
    const rows = this.#with.file.rows.filter(row => row.name === name).length;
    return rows === 0 ? name : `${name}-${rows + 1}`;
  }
}
