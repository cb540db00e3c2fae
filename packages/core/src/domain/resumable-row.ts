/** Which checkpoint row a run, or a stage of one, goes on from. */
import type { CheckpointRow } from './run.js';

/**
 * The last row that has a state which the engine still keeps. Rows of sampler weights alone cannot be resumed, nor rows that do not
 * say where they stand; a rolling one is deleted when a later state has been saved.
 *
 * @param now in milliseconds since 1970
 */
export function resumableRow(
  rows: readonly CheckpointRow[],
  now: number = Date.now(),
): CheckpointRow | undefined {
  const states = rows.filter(row => row.state_path !== undefined && row.batch !== undefined);
  const isDeleted = (row: CheckpointRow) => row.rolling === true && row !== states.at(-1);
  return states.findLast(row => !isDeleted(row) && !isExpired(row, now));
}

const isExpired = ({ expires_at: at }: CheckpointRow, now: number) =>
  typeof at === 'string' && Date.parse(at) <= now;
