/** From a checkpoint's path to its folder, in the program's thread. Knows nothing of weights. */
import { TinsmithError } from '@tinsmith/core';
import { describeAdapter, isAdapterFolder } from '../weights/adapter-folder.js';
import { checkpointFolder } from './checkpoint-path.js';
import { isExpired, readRecord } from './checkpoint-record.js';
import { recoverFolder } from './atomic-folder.js';

export interface OpenedPath {
  readonly folder: string;
  /** The base model that the files name; undefined if they name none. */
  readonly baseModel: string | undefined;
  /** Whether all parameters are in the folder, so that no base model is needed. */
  readonly isWhole: boolean;
}

/** @throws {TinsmithError} CHECKPOINT_PATH, CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT, ADAPTER_UNSUPPORTED */
export function openCheckpointPath(
  path: string,
  places: { readonly checkpoints: string; readonly workingDirectory: string },
): OpenedPath {
  const folder = checkpointFolder(path, places.checkpoints, places.workingDirectory);
  const isOurs = path.includes('://');
  if (isOurs) recoverFolder(folder);
  const record = readRecord(folder);
  if (!record) return { folder, baseModel: adapterBase(folder), isWhole: false };
  if (isOurs && isExpired(record))
    throw new TinsmithError({
      code: 'CHECKPOINT_NOT_FOUND',
      message: 'the checkpoint has expired',
      at: path,
      found: `it was kept until ${record.expires_at}`,
      fix: `its files are still there: to use them, give the folder ${folder}`,
    });
  return { folder, baseModel: record.base_model, isWhole: record.lora === null };
}

function adapterBase(folder: string): string | undefined {
  if (isAdapterFolder(folder)) return describeAdapter(folder).baseModel;
  throw new TinsmithError({
    code: 'CHECKPOINT_NOT_FOUND',
    message: 'the folder holds no checkpoint',
    at: folder,
    found: 'neither checkpoint.json nor adapter_config.json',
  });
}
