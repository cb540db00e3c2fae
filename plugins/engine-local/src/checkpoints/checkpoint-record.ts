/**
 * checkpoint.json: what a checkpoint is, for which model, and the hashes of its files. Read in the program's thread to find the
 * base model, and in the worker to check the rest.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { z } from 'zod';
import { loraTargets } from '../model/index.js';
import { hashFile } from '../weights/hash-file.js';

export const recordFile = 'checkpoint.json';

const recordSchema = z.object({
  format: z.literal('tinsmith-checkpoint/1'),
  /** `weights`: to go on training from, with the optimiser's state. `sampler`: to sample from. */
  kind: z.enum(['weights', 'sampler']),
  /** As the user named it. */
  base_model: z.string(),
  /** Of the base model's files, see `model-hash.ts`. null if all parameters are trained. */
  base_model_hash: z.string().nullable(),
  /** null if all parameters are trained. */
  lora: z
    .object({ rank: z.int().positive(), alpha: z.number(), targets: z.array(z.enum(loraTargets)) })
    .nullable(),
  /** Optimiser steps taken. */
  step: z.int().nonnegative(),
  created_at: z.string(),
  /** After this moment the checkpoint counts as gone. */
  expires_at: z.string().nullable(),
  /** SHA-256 of each other file. */
  files: z.record(z.string(), z.string()),
});
export type CheckpointRecord = z.infer<typeof recordSchema>;

/**
 * Reads the record of a checkpoint, or undefined if the folder is none of ours, such as an adapter made elsewhere.
 * @throws {TinsmithError} CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT
 */
export function readRecord(folder: string): CheckpointRecord | undefined {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new TinsmithError({
      code: 'CHECKPOINT_NOT_FOUND',
      message: 'there is no checkpoint at the path',
      at: folder,
      found: 'no such folder',
    });
  const file = join(folder, recordFile);
  if (!existsSync(file)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw corrupt(file, 'a record that is not JSON', cause);
  }
  const parsed = recordSchema.safeParse(json);
  if (!parsed.success) throw corrupt(file, z.prettifyError(parsed.error));
  return parsed.data;
}

export const isExpired = (record: CheckpointRecord, now = Date.now()): boolean =>
  record.expires_at !== null && Date.parse(record.expires_at) <= now;

/** @throws {TinsmithError} CHECKPOINT_CORRUPT if a file is missing or differs from what was saved. */
export function verifyFiles(folder: string, record: CheckpointRecord): void {
  for (const [name, hash] of Object.entries(record.files)) {
    const file = join(folder, name);
    if (!existsSync(file)) throw corrupt(file, 'no such file');
    if (hashFile(file) !== hash) throw corrupt(file, 'other content than was saved');
  }
}

function corrupt(at: string, found: string, cause?: unknown): TinsmithError {
  return new TinsmithError({
    code: 'CHECKPOINT_CORRUPT',
    message: 'the checkpoint is damaged',
    at,
    found,
    fix: 'go back to an earlier checkpoint',
    cause,
  });
}
