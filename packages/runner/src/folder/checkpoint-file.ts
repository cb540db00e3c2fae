/**
 * checkpoints.jsonl: one row per checkpoint, written after the save has been confirmed. Keys that others
 * wrote are kept. A line that a kill tore off counts as not written.
 */
import { TinsmithError, type CheckpointRow } from '@tinsmith/core';
import type { LocalRunDirectory } from './run-directory.js';

export const checkpointsFile = 'checkpoints.jsonl';

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
    const { rows, whole } = parseRows(text, `${directory.path}/${checkpointsFile}`);
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

/** Fields that the reference leaves out of a row when they are null; any other key counts as present, whatever it says. */
const OMITTED_IF_NULL = new Set(['batch', 'epoch', 'final', 'state_path', 'sampler_path']);

/** The last row that has the key: in the order of the file, not of the batches. */
export const lastRowWith = (rows: readonly CheckpointRow[], key: string) => rows.findLast(row => key in row);

/** `whole` is the text without a torn last line, and with the newline that a whole last line may lack. */
export function parseRows(text: string, at: string): { rows: CheckpointRow[]; whole: string } {
  const lines = text.split('\n');
  const tail = lines.pop() ?? '';
  const tornOff = tail !== '' && parse(tail) === undefined;
  if (tail !== '' && !tornOff) lines.push(tail);
  const rows = lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const row = asRow(parse(line));
    if (row) return row;
    throw new TinsmithError({
      code: 'CHECKPOINTS_UNREADABLE',
      message: 'this line is no checkpoint row: an object with name and batch',
      at: `${at}:${i + 1}`,
      found: line.length > 100 ? `${line.slice(0, 100)}...` : line,
      fix: 'remove the line, or give another log_path',
    });
  });
  return { rows, whole: lines.map(line => `${line}\n`).join('') };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A row of another program may lack `batch`; it is kept, and never gone on from. */
function asRow(value: unknown): CheckpointRow | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const row = Object.fromEntries(
    Object.entries(value).filter(([key, member]) => member !== null || !OMITTED_IF_NULL.has(key)),
  );
  const { name, batch, state_path } = row;
  const fits =
    typeof name === 'string' &&
    (batch === undefined || Number.isSafeInteger(batch)) &&
    (state_path === undefined || typeof state_path === 'string');
  return fits ? (row as unknown as CheckpointRow) : undefined;
}
