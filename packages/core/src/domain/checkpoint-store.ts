/**
 * What an engine keeps for its users: checkpoints by path, to be listed, inspected, fetched and removed. Paths are the
 * engine's own (`tinker://...`, a folder); the rows of a run's checkpoints.jsonl point to them.
 */
export interface CheckpointInfo {
  /** As `loadState` or `createSamplingClient` take it. */
  readonly path: string;
  /**
   * `state`: weights and optimiser, to go on training from; `sampler`: weights alone, to sample from; `export`: files for other
   * programs, to download.
   */
  readonly kind: 'state' | 'sampler' | 'export';
  readonly baseModel?: string;
  /** null when all parameters are trained. */
  readonly loraRank?: number | null;
  readonly sizeBytes?: number;
  /** ISO 8601. */
  readonly createdAt?: string;
  /** ISO 8601; absent: it has no end. */
  readonly expiresAt?: string;
  readonly isPublic?: boolean;
}

export interface CheckpointStore {
  /** Newest first, as far as the engine can tell. */
  list(): AsyncIterable<CheckpointInfo>;
  /** @throws CHECKPOINT_NOT_FOUND, as every method that reads */
  info(path: string): Promise<CheckpointInfo>;
  /** Removes it for good. What is gone already is no error: a rolling checkpoint may be removed twice. */
  delete(path: string): Promise<void>;
  /** Expiry from now in seconds; null: none. */
  setTtl(path: string, seconds: number | null): Promise<void>;
  /** Writes the files of a checkpoint into a new folder: PEFT's layout for LoRA weights. Whole or not at all. */
  download(path: string, folder: string, signal?: AbortSignal): Promise<void>;
  /** Makes it readable for everyone, or takes that back. Absent: the engine has no others to show it to. */
  setPublic?(path: string, isPublic: boolean): Promise<void>;
}
