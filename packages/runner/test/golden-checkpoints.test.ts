/** checkpoints.jsonl against the reference's reader and writer. What differs, and why, is listed at each comparison. */
import { parseCheckpointRows } from '@tinsmith/core';
import { expect } from 'vitest';
import { testGoldenRows } from '../../training/test/golden.js';
import { lastRowWith } from '../src/folder/checkpoint-file.js';

type Row = Readonly<Record<string, unknown>>;

testGoldenRows<{ lines: string[] | null; required_key: string }, { record: Row | null } | { error: string }>(
  'checkpoints_logs',
  'last_checkpoint',
  ({ input: { lines, required_key }, expected }) => {
    // Deviation: an empty line, or a last one that a crash cut off, counts as not written; there it makes the file unreadable.
    const cut = (lines ?? []).findLastIndex(line => line !== '' && !isJson(line));
    const isTolerated = cut === (lines ?? []).length - 1 || cut === -1;
    const read = () =>
      lastRowWith(parseCheckpointRows((lines ?? []).join('\n'), 'x').rows, required_key) ?? null;
    if ('record' in expected) return expect(read()).toEqual(expected.record);
    if (isTolerated && expected.error === 'JSONDecodeError')
      return expect(read()).toMatchObject({ name: expect.any(String) });
    expect(read).toThrow(expect.objectContaining({ code: 'CHECKPOINTS_UNREADABLE' }));
  },
);

testGoldenRows<{ row: Row }, { row: Row; key_order: string[] }>(
  'checkpoints_logs',
  'record_round_trip',
  ({ input, expected }) => {
    const [row] = parseCheckpointRows(JSON.stringify(input.row), 'x').rows;
    expect(row).toEqual(expected.row);
    expect(Object.keys(row!)).toEqual(expected.key_order);
  },
);

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
