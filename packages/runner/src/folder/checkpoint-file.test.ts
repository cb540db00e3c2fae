import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCheckpointRows, resumableRow } from '@tinsmith/core';
import { expect, onTestFinished, test } from 'vitest';
import { CheckpointFile } from './checkpoint-file.js';
import { LocalRunDirectory } from './run-directory.js';

function runFolder(checkpoints: string): { directory: LocalRunDirectory; text: () => string } {
  const path = mkdtempSync(join(tmpdir(), 'tinsmith-checkpoints-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  writeFileSync(join(path, 'checkpoints.jsonl'), checkpoints);
  return {
    directory: new LocalRunDirectory(path),
    text: () => readFileSync(join(path, 'checkpoints.jsonl'), 'utf8'),
  };
}

const first = '{"name":"000010","batch":10,"state_path":"s10","elapsed_tokens":5}';

test('keeps keys that others wrote, and goes on from the last row with a state', () => {
  const { rows } = parseCheckpointRows(`${first}\n{"name":"000012","batch":12,"sampler_path":"p12"}\n`, 'x');
  expect(rows[0]).toEqual({ name: '000010', batch: 10, state_path: 's10', elapsed_tokens: 5 });
  expect(resumableRow(rows)).toBe(rows[0]);
  expect(resumableRow([])).toBeUndefined();
});

test('a row whose state the engine has removed is passed over', () => {
  const kept = { name: 'a', batch: 1, state_path: 's1' };
  const rows = [kept, { name: 'b', batch: 2, state_path: 's2', expires_at: '2026-01-01T00:00:10.000Z' }];
  expect(resumableRow(rows, Date.parse('2026-01-01T00:00:09.999Z'))).toBe(rows[1]);
  expect(resumableRow(rows, Date.parse('2026-01-01T00:00:10.000Z'))).toBe(kept);
});

test('a rolling row is passed over once there is a later state, which has deleted it', () => {
  const periodic = { name: 'a', batch: 1, state_path: 's1' };
  const rolling = { name: 'b', batch: 2, state_path: 's2', rolling: true };
  expect(resumableRow([periodic, rolling])).toBe(rolling);
  const expired = { name: 'c', batch: 3, state_path: 's3', expires_at: '2026-01-01T00:00:00.000Z' };
  expect(resumableRow([periodic, rolling, expired])).toBe(periodic);
});

test('a row that does not say where it stands is kept and never gone on from', () => {
  const { rows } = parseCheckpointRows(`${first}\n{"name":"x","state_path":"s"}\n`, 'x');
  expect(rows[1]).toEqual({ name: 'x', state_path: 's' });
  expect(resumableRow(rows)).toBe(rows[0]);
});

/** A kill can cut a line anywhere. */
test('every cut of the last row leaves the rows before it, and the next row stands on its own line', async () => {
  const second = '{"name":"é","batch":20,"state_path":"s20"}';
  const third = { name: 'third', batch: 30, state_path: 's30' };
  for (let length = 0; length <= second.length; length++) {
    const { directory, text } = runFolder(`${first}\n${second.slice(0, length)}`);
    const file = await CheckpointFile.open(directory);
    const whole = length === second.length; // only the newline is missing: the save had been confirmed
    expect(file.rows.map(({ batch }) => batch)).toEqual(whole ? [10, 20] : [10]);
    await file.append(third);
    expect(text()).toBe(`${first}\n${whole ? `${second}\n` : ''}${JSON.stringify(third)}\n`);
  }
});

test.for(['{"batch":1}', '{"name":"a","batch":1.5}', '{"name":"a","batch":1,"state_path":3}', '3', '{"name'])(
  'a line in the middle that is no row is refused, with its number: %s',
  line => {
    expect(() => parseCheckpointRows(`${first}\n${line}\n${first}\n`, 'runs/a/checkpoints.jsonl')).toThrow(
      expect.objectContaining({
        code: 'CHECKPOINTS_UNREADABLE',
        at: 'runs/a/checkpoints.jsonl:2',
        found: line,
      }),
    );
  },
);
