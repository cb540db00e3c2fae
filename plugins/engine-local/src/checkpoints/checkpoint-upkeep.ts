/** What happens to checkpoints after they have been saved: their end, and its postponement. Runs in the worker, between saves and loads. */
import { existsSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { recoverFolder, removeFolder, syncFolder, writeFileSynced } from './atomic-folder.js';
import { checkpointKinds } from './checkpoint-path.js';
import { isExpired, readRecord, recordFile } from './checkpoint-record.js';

/** What is gone already is no error. */
export function deleteCheckpoint(folder: string): void {
  recoverFolder(folder);
  if (!existsSync(folder)) return;
  removeFolder(folder);
  const named = dirname(folder);
  if (readdirSync(named).length === 0) rmdirSync(named);
}

/**
 * @param expiresAt null: it is kept for good
 * @throws {TinsmithError} CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT
 */
export function setCheckpointExpiry(folder: string, expiresAt: string | null): void {
  recoverFolder(folder);
  const record = readRecord(folder);
  if (!record)
    throw new TinsmithError({
      code: 'CHECKPOINT_NOT_FOUND',
      message: 'the folder holds no checkpoint of this engine',
      at: folder,
      found: `no ${recordFile}`,
    });
  const file = join(folder, recordFile);
  const fresh = `${file}.writing`;
  writeFileSynced(fresh, JSON.stringify({ ...record, expires_at: expiresAt }, undefined, 2));
  renameSync(fresh, file);
  syncFolder(folder);
}

/** Checkpoints whose time is over make room for the next one. A damaged neighbour is left for its reader to report. */
export function removeExpired(root: string): void {
  if (!existsSync(root)) return;
  for (const name of readdirSync(root)) {
    for (const kind of checkpointKinds) {
      const folder = join(root, name, kind);
      if (hasExpired(folder)) deleteCheckpoint(folder);
    }
  }
}

function hasExpired(folder: string): boolean {
  try {
    const record = readRecord(folder);
    return record !== undefined && isExpired(record);
  } catch {
    return false;
  }
}
