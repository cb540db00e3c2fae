/**
 * The engine's checkpoints as files of their users: listed, inspected, fetched here in the program's thread; removed and renewed
 * in the worker, in the order of all calls. Knows nothing of weights.
 */
import { copyFile, readdir, stat } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type CheckpointInfo, type CheckpointStore, messageOf, TinsmithError } from '@tinsmith/core';
import type { WorkerConnection } from '../worker/worker-connection.js';
import { recoverFolder, syncFile, syncFolder } from './atomic-folder.js';
import { checkpointFolder, type CheckpointKind, checkpointKinds, checkpointPath } from './checkpoint-path.js';
import { isExpired, readRecord, recordFile, verifyFiles } from './checkpoint-record.js';
import { writeStaged } from './staged-output.js';

export interface StorePlaces {
  /** The engine's checkpoint folder. */
  readonly checkpoints: string;
  readonly workingDirectory: string;
}

export function localCheckpointStore(
  { checkpoints: root, workingDirectory }: StorePlaces,
  connection: WorkerConnection,
): CheckpointStore {
  const folderOf = (path: string): string => {
    const folder = checkpointFolder(path, root, workingDirectory);
    recoverFolder(folder);
    return folder;
  };
  /** Only what this engine has saved is changed: a path to any other folder is a mistake, and may be someone's model. */
  const ownFolderOf = (path: string): string => {
    if (path.includes('://')) return checkpointFolder(path, root, workingDirectory);
    throw new TinsmithError({
      code: 'CHECKPOINT_PATH',
      message: 'the path is of a folder, and only checkpoints of this engine can be changed',
      found: path,
      fix: 'give the path that the save returned, local://checkpoints/<name>/weights or /sampler',
    });
  };

  return {
    async *list() {
      const found: CheckpointInfo[] = [];
      for (const name of await names(root)) {
        for (const kind of checkpointKinds) {
          const info = await listed(join(root, name, kind), checkpointPath(name, kind), kind);
          if (info) found.push(info);
        }
      }
      yield* found.toSorted((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? ''));
    },

    async info(path) {
      return describe(folderOf(path), path);
    },

    async delete(path) {
      await connection.call('deleteCheckpoint', { folder: ownFolderOf(path) });
    },

    async setTtl(path, seconds) {
      if (seconds !== null && !(seconds > 0))
        throw new TinsmithError({
          code: 'SAVE_OPTIONS',
          message: 'a time to live must be a positive number of seconds, or null',
          found: String(seconds),
        });
      const expiresAt = seconds === null ? null : new Date(Date.now() + seconds * 1000).toISOString();
      await connection.call('setCheckpointExpiry', { folder: ownFolderOf(path), expiresAt });
    },

    async download(path, out, signal) {
      const folder = folderOf(path);
      const record = readPresent(folder, path);
      await writeStaged(resolve(workingDirectory, out), async temporary => {
        mkdirSync(temporary);
        for (const name of [...Object.keys(record.files), recordFile]) {
          signal?.throwIfAborted();
          await copyFile(join(folder, name), join(temporary, name));
          syncFile(join(temporary, name));
        }
        verifyFiles(temporary, record); // after the copy, so that a failing disk shows
        syncFolder(temporary);
        signal?.throwIfAborted();
      });
    },
  };
}

async function names(root: string): Promise<string[]> {
  try {
    return (await readdir(root)).filter(name => !name.startsWith('.'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // nothing has been saved yet
    throw error;
  }
}

/** undefined: none there, or its time is over. A damaged one is listed by its path alone, for `info` to say what is wrong. */
async function listed(
  folder: string,
  path: string,
  kind: CheckpointKind,
): Promise<CheckpointInfo | undefined> {
  try {
    recoverFolder(folder);
    return await describe(folder, path);
  } catch (error) {
    if (TinsmithError.is(error) && error.code === 'CHECKPOINT_NOT_FOUND') return undefined;
    return { path, kind: kindName(kind) };
  }
}

async function describe(folder: string, path: string): Promise<CheckpointInfo> {
  const record = readPresent(folder, path);
  const sizes = await Promise.all(
    [...Object.keys(record.files), recordFile].map(async name => (await stat(join(folder, name))).size),
  ).catch((cause: unknown) => {
    throw new TinsmithError({
      code: 'CHECKPOINT_CORRUPT',
      message: 'a file of the checkpoint cannot be read',
      at: path,
      found: messageOf(cause),
      cause,
    });
  });
  return {
    path,
    kind: kindName(record.kind),
    baseModel: record.base_model,
    loraRank: record.lora?.rank ?? null,
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
    createdAt: record.created_at,
    ...(record.expires_at !== null && { expiresAt: record.expires_at }),
  };
}

const kindName = (kind: CheckpointKind): CheckpointInfo['kind'] => (kind === 'weights' ? 'state' : 'sampler');

function readPresent(folder: string, path: string) {
  const record = readRecord(folder);
  if (record && !isExpired(record)) return record;
  throw new TinsmithError({
    code: 'CHECKPOINT_NOT_FOUND',
    message: record ? 'the checkpoint has expired' : 'the folder holds no checkpoint of this engine',
    at: path,
    found: record ? `it was kept until ${record.expires_at}` : `no ${recordFile} in ${basename(folder)}`,
  });
}
