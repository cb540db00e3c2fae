/** `wandb/run.json` in the run folder: which run of W&B the folder is, and how far it may have been sent. */
import { randomBytes } from 'node:crypto';
import type { RunDirectory } from '@tinsmith/core';

export const FOLDER = 'wandb';
const FILE = `${FOLDER}/run.json`;

export interface RunRecord {
  /** In the addresses of W&B. */
  readonly id: string;
  readonly baseUrl: string;
  readonly project: string;
  /** Undefined until the server has said what the key's own is. */
  readonly entity?: string;
  readonly name: string;
  readonly group?: string;
  readonly tags?: readonly string[];
  /** How often the run has been started; from 1. */
  readonly attempt: number;
  /** Lines of the history that may have been sent: written before they are. */
  readonly offered: number;
  /** Lines that the server had from elsewhere when the folder's first row was written: never sent from here. */
  readonly foreign: { readonly history: number; readonly console: number };
  /** `_step` of a row is its line in the history plus this. */
  readonly stepShift: number;
  /** Files that have been uploaded. */
  readonly uploaded: number;
  /** Of the attempt that has ended: 0 or 1. */
  readonly exitcode?: number;
  /** The run's page; undefined until the server has been reached. */
  readonly url?: string;
}

/** W&B's run ids: 8 characters of 0-9 a-z. */
export function newRunId(): string {
  return Array.from(randomBytes(8), byte => ALPHABET[byte % ALPHABET.length]).join('');
}
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Undefined if nothing was ever logged to W&B from this folder. */
export async function readRecord(directory: RunDirectory): Promise<RunRecord | undefined> {
  const text = await directory.read(FILE);
  return text === undefined ? undefined : (JSON.parse(text) as RunRecord);
}

export const writeRecord = (directory: RunDirectory, record: RunRecord): Promise<void> =>
  directory.write(FILE, `${JSON.stringify(record, undefined, 2)}\n`);
