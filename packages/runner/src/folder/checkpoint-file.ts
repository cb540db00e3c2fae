/** checkpoints.jsonl: one row per checkpoint, written after the save has been confirmed. */
import { type CheckpointRow, checkpointsFile, parseCheckpointRows } from '@tinsmith/core';
import type { LocalRunDirectory } from './run-directory.js';

export class CheckpointFile {
  readonly #directory: LocalRunDirectory;
  readonly #rows: CheckpointRow[];

  private constructor(directory: LocalRunDirectory, rows: CheckpointRow[]) {
    this.#directory = directory;
    this.#rows = rows;
  }

  /** Throws CHECKPOINTS_UNREADABLE. A torn last line is removed from the file, so that rows can follow. */
  static async open(directory: LocalRunDirectory): Promise<CheckpointFile> {
    const text = (await directory.read(checkpointsFile)) ?? '';
    const { rows, whole } = parseCheckpointRows(text, `${directory.path}/${checkpointsFile}`);
    if (whole !== text) await directory.write(checkpointsFile, whole);
    return new CheckpointFile(directory, rows);
  }

  get rows(): readonly CheckpointRow[] {
    return this.#rows;
  }

  async append(row: CheckpointRow): Promise<void> {
    await this.#directory.appendDurably(checkpointsFile, `${JSON.stringify(row)}\n`);
    this.#rows.push(row);
  }
}

/** The last row that has the key: in the order of the file, not of the batches. */
export const lastRowWith = (rows: readonly CheckpointRow[], key: string) => rows.findLast(row => key in row);
