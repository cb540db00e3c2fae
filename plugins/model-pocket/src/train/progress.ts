/**
 * Where a training stands, in one file beside the engine's checkpoints, so that it can go on after a kill.
 * Knows nothing about models.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';

export interface LossRow {
  /** The last of the steps that the row sums up, counted from 1. */
  readonly step: number;
  /** Nats per target token, averaged over the steps since the last row. */
  readonly loss: number;
  readonly learning_rate: number;
  readonly by_skill: Readonly<Record<string, number>>;
}

export interface Progress {
  /** What the training was started with: it can only go on with the same. */
  readonly settings: unknown;
  /** The next step to take. */
  readonly step: number;
  /** The engine's checkpoint of weights and optimiser, after `step` steps. */
  readonly statePath: string;
  readonly rows: readonly LossRow[];
}

/** Undefined if there is none yet. Throws if it belongs to a training with other settings. */
export async function readProgress(file: string, settings: unknown): Promise<Progress | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const progress = JSON.parse(text) as Progress;
  if (JSON.stringify(progress.settings) !== JSON.stringify(settings))
    throw new Error(`${file} is of a training with other settings; remove its folder to start anew`);
  return progress;
}

/** Readers see the old content or the new one, also after a kill. */
export async function writeProgress(file: string, progress: Progress): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(progress));
  await rename(`${file}.new`, file);
}
