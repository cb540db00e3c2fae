/** A file or folder that is there whole or not at all, also after a crash. Knows nothing of its content. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { syncFolder } from './atomic-folder.js';

/**
 * Has `write` make a file or folder of the same name in a hidden folder beside `out`, then moves it to its place. What `write` writes
 * must be synced by it. After a failure nothing is left.
 * @throws {TinsmithError} EXPORT_EXISTS
 */
export async function writeStaged(out: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const parent = dirname(out);
  const stage = join(parent, `.${basename(out)}.writing`);
  refuseExisting(out);
  mkdirSync(parent, { recursive: true });
  rmSync(stage, { recursive: true, force: true }); // of an attempt that was killed
  mkdirSync(stage);
  try {
    const temporary = join(stage, basename(out));
    await write(temporary);
    refuseExisting(out);
    renameSync(temporary, out);
    syncFolder(parent);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function refuseExisting(out: string): void {
  if (!existsSync(out)) return;
  throw new TinsmithError({
    code: 'EXPORT_EXISTS',
    message: 'there is already something at the place to write to',
    at: out,
    fix: 'choose another path, or remove what is there',
  });
}
