import type { CheckpointOptions, CheckpointRow, CheckpointStore, TrainingClient } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { ProgressSaver } from './save-progress.js';

/** An engine that keeps what is saved under its name until it is deleted, and a run that writes rows. */
class Kept {
  readonly states = new Set<string>();
  readonly rows: CheckpointRow[] = [];
  readonly lines: string[] = [];
  readonly store = {
    delete: async (path: string) => void this.states.delete(path),
  } as unknown as CheckpointStore;

  saver(store?: CheckpointStore): ProgressSaver {
    const run = {
      checkpoints: {
        last: this.rows.at(-1),
        save: async (_: TrainingClient, { name, batch, rolling, progress }: CheckpointOptions) => {
          const row = { ...progress, name, batch, state_path: name, ...(rolling && { rolling }) };
          this.states.add(name);
          this.rows.push(row);
          return row;
        },
      },
      log: (line: string) => void this.lines.push(line),
    };
    const options = { saveEvery: 4, rollingSaveEvery: 1, ttlSeconds: null };
    return new ProgressSaver(run, undefined as unknown as TrainingClient, options, store);
  }
}

test('of rolling checkpoints only the last is kept, and none once a periodic one is there', async () => {
  const kept = new Kept();
  const saver = kept.saver(kept.store);
  for (const batch of [1, 2, 3]) await saver.save(batch, ['rolling'], { policy_version: batch });
  expect([...kept.states]).toEqual(['000003']);
  await saver.save(4, ['periodic']);
  expect([...kept.states]).toEqual(['000004']);
  await saver.save(5, ['rolling']);
  await saver.finish(6);
  expect([...kept.states]).toEqual(['000004', 'final']);
  expect(kept.rows[2]).toMatchObject({ batch: 3, rolling: true, policy_version: 3, replaces: ['000002'] });
});

test('what an attempt that was killed between row and deletion has left is deleted by the next', async () => {
  const kept = new Kept();
  const stuck = { delete: () => new Promise<void>(() => {}) } as unknown as CheckpointStore;
  const dying = kept.saver(stuck);
  await dying.save(1, ['rolling']);
  void dying.save(2, ['rolling']); // the row is written, then it hangs
  await Promise.resolve().then(() => new Promise(setImmediate));
  expect([...kept.states]).toEqual(['000001', '000002']);
  await kept.saver(kept.store).save(3, ['rolling']);
  expect([...kept.states]).toEqual(['000003']);
});

test('a checkpoint that cannot be deleted is a line in the log', async () => {
  const kept = new Kept();
  const failing = {
    delete: async () => Promise.reject(new Error('read-only')),
  } as unknown as CheckpointStore;
  const saver = kept.saver(failing);
  await saver.save(1, ['rolling']);
  await saver.save(2, ['rolling']);
  expect(kept.lines).toEqual(['the rolling checkpoint 000001 could not be removed, it stays: read-only']);
});

test('an engine that cannot delete keeps them until they expire', async () => {
  const kept = new Kept();
  const saver = kept.saver();
  await saver.save(1, ['rolling']);
  await saver.save(2, ['rolling']);
  expect(kept.states.size).toBe(2);
});
