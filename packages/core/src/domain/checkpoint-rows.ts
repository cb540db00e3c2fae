/**
 * The rows of checkpoints.jsonl, one per checkpoint, as they stand in the file. Keys that others wrote are kept. A line that a kill
 * tore off counts as not written.
 */
import { TinsmithError } from '../error.js';
import type { CheckpointRow } from './run.js';

export const checkpointsFile = 'checkpoints.jsonl';

/** Fields that the reference leaves out of a row when they are null; any other key counts as present, whatever it says. */
const OMITTED_IF_NULL = new Set(['batch', 'epoch', 'final', 'state_path', 'sampler_path']);

/**
 * `whole` is the text without a torn last line, and with the newline that a whole last line may lack.
 * @throws {TinsmithError} CHECKPOINTS_UNREADABLE for a line in the middle that is no row; `at` is the file
 */
export function parseCheckpointRows(text: string, at: string): { rows: CheckpointRow[]; whole: string } {
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
