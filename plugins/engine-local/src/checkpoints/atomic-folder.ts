/** Folders that are there whole or not at all, also after a crash. Knows nothing of their contents. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, TinsmithError } from '@tinsmith/core';

/**
 * Fills a hidden folder beside `target`, then gives it the name. What `write` writes must be synced by it.
 * An existing target is replaced; between the two renames it is kept under another name, from which {@link recoverFolder} brings
 * it back.
 */
export function writeFolder(target: string, write: (folder: string) => void): void {
  const parent = dirname(target);
  const fresh = join(parent, `.${basename(target)}.writing`);
  const replaced = replacedName(target);
  mkdirSync(parent, { recursive: true });
  recoverFolder(target);
  rmSync(fresh, { recursive: true, force: true }); // of an attempt that was killed
  mkdirSync(fresh);
  try {
    write(fresh);
    syncFolder(fresh);
    if (existsSync(target)) renameSync(target, replaced);
    renameSync(fresh, target);
    syncFolder(parent);
    syncFolder(dirname(parent));
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw explained(error, target);
  }
  rmSync(replaced, { recursive: true, force: true });
}

const diskErrors: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file would be larger than the system allows',
  EROFS: 'the disk is read-only',
  EIO: 'the disk does not answer as it should',
};

/** What the disk says, in words; any other error as it is. */
function explained(error: unknown, target: string): unknown {
  const reason = diskErrors[(error as NodeJS.ErrnoException | undefined)?.code ?? ''];
  if (reason === undefined) return error;
  return new TinsmithError({
    code: 'DISK_WRITE',
    message: `nothing could be saved: ${reason}`,
    at: target,
    found: messageOf(error),
    fix: 'make room or choose another folder, then save again; what was saved there before is untouched',
    cause: error,
  });
}

/** Undoes a replacement that was cut off between its two renames. */
export function recoverFolder(target: string): void {
  const replaced = replacedName(target);
  if (!existsSync(replaced)) return;
  if (existsSync(target)) rmSync(replaced, { recursive: true, force: true });
  else renameSync(replaced, target);
}

/** Removes a folder. It is hidden first, so that it is never seen without some of its files. */
export function removeFolder(target: string): void {
  const hidden = join(dirname(target), `.${basename(target)}.removing`);
  rmSync(hidden, { recursive: true, force: true }); // of an attempt that was killed
  renameSync(target, hidden);
  rmSync(hidden, { recursive: true, force: true });
}

const replacedName = (target: string) => join(dirname(target), `.${basename(target)}.replaced`);

/** Writes a small file and waits until it is on disk. */
export function writeFileSynced(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content, { flush: true });
}

/** Makes what was created or renamed in the folder durable. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // a folder cannot be opened there, and renames are durable
  sync(folder, 'r');
}

/** Waits until a file's content is on disk. */
export const syncFile = (path: string): void => sync(path, 'r+'); // Windows wants a handle that may write

function sync(path: string, flags: 'r' | 'r+'): void {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
