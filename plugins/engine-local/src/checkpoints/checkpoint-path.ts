/**
 * Paths of checkpoints. `local://checkpoints/<name>/weights` and `.../sampler` are relative to the engine's checkpoint folder, so
 * that they stay true when a run folder moves; any other path is an ordinary folder.
 */
import { isAbsolute, join, resolve } from 'node:path';
import { TinsmithError } from '@tinsmith/core';

const prefix = 'local://checkpoints/';
export const checkpointKinds = ['weights', 'sampler'] as const;
export type CheckpointKind = (typeof checkpointKinds)[number];

/** @throws {TinsmithError} CHECKPOINT_NAME */
export function checkName(name: string): void {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/.test(name)) return;
  throw new TinsmithError({
    code: 'CHECKPOINT_NAME',
    message:
      'a checkpoint name has letters, digits, dots, dashes and underscores, and does not start with a dot',
    found: JSON.stringify(name),
  });
}

export const checkpointPath = (name: string, kind: CheckpointKind): string => `${prefix}${name}/${kind}`;

/**
 * The folder that a path stands for.
 * @param root the engine's checkpoint folder
 * @throws {TinsmithError} CHECKPOINT_PATH
 */
export function checkpointFolder(path: string, root: string, workingDirectory: string): string {
  if (!path.includes('://')) return isAbsolute(path) ? path : resolve(workingDirectory, path);
  const [name, kind, ...rest] = path.startsWith(prefix) ? path.slice(prefix.length).split('/') : [];
  if (name === undefined || (kind !== 'weights' && kind !== 'sampler') || rest.length > 0)
    throw new TinsmithError({
      code: 'CHECKPOINT_PATH',
      message: 'the path is none that this engine has given',
      found: path,
      fix: `use the path that a save returned (${prefix}<name>/weights or /sampler), or the path of a folder`,
    });
  checkName(name);
  return join(root, name, kind);
}
