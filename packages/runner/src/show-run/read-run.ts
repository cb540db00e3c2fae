/**
 * What a run has left in its folder, read without its plugins: files of ours, and of the Cookbook where the names are the
 * same. A line that a kill tore off counts as not written. Knows nothing about how it is shown.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CheckpointRow,
  checkpointsFile,
  parseCheckpointRows,
  parseMetricRow,
  TinsmithError,
} from '@tinsmith/core';
import { isValues, type Values } from '@tinsmith/core/options';
import { codeOf } from '../error-code.js';
import { parseRecord, recordFile } from '../folder/record-file.js';
import { logFile } from '../run/report.js';

export interface StepRow {
  readonly step: number;
  /** Finite or not; what is no number is left out. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface Rollout {
  readonly reward: number;
  readonly logs: Readonly<Record<string, string | number>>;
}

export interface StoredRun {
  /** Absolute. */
  readonly folder: string;
  /** Of config.json; empty for a run of another program. */
  readonly record: Values;
  /** One per step, in order. */
  readonly steps: readonly StepRow[];
  readonly checkpoints: readonly CheckpointRow[];
  /** How the last attempt ended, in the words of logs.log; undefined while it runs, or after a kill. */
  readonly ending: string | undefined;
  /** The rollouts of the last step that has some on disk. */
  readonly rollouts: { readonly step: number; readonly all: readonly Rollout[] } | undefined;
}

/** @throws RUN_MISSING for a folder in which no run has left anything; CHECKPOINTS_UNREADABLE */
export async function readRun(folder: string): Promise<StoredRun> {
  const [config, metrics, rows, log] = await Promise.all(
    [recordFile, 'metrics.jsonl', checkpointsFile, logFile].map(file => readText(join(folder, file))),
  );
  if (config === undefined && metrics === undefined && rows === undefined) throw runMissing(folder);
  return {
    folder,
    record: parseRecord(config) ?? {},
    steps: parseSteps(metrics ?? ''),
    checkpoints: parseCheckpointRows(rows ?? '', join(folder, checkpointsFile)).rows,
    ending: endingOf(log ?? ''),
    rollouts: await lastRollouts(folder),
  };
}

/** Of several rows of a step the last one holds: the ones before are of attempts that were lost (cookbook-artifacts, section 3). */
export function parseSteps(text: string): StepRow[] {
  const byStep = new Map<number, Readonly<Record<string, number>>>();
  for (const line of text.split('\n')) {
    const { step, ...metrics } = rowOf(line);
    if (typeof step !== 'number') continue;
    const numbers = Object.entries(metrics).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    );
    byStep.set(step, Object.fromEntries(numbers));
  }
  return [...byStep].map(([step, metrics]) => ({ step, metrics })).toSorted((a, b) => a.step - b.step);
}

function rowOf(line: string): Readonly<Record<string, unknown>> {
  try {
    return parseMetricRow(line);
  } catch {
    return {};
  }
}

/** The runner ends logs.log with one of these words behind a time. */
function endingOf(log: string): string | undefined {
  const last = log.trimEnd().split('\n').at(-1) ?? '';
  return /^\S+Z ((?:completed|stopped|failed)\b.*)$/.exec(last)?.[1];
}

const ITERATION = /^iteration_(\d+)$/;
const SUMMARIES = 'train_rollout_summaries.jsonl';

async function lastRollouts(folder: string): Promise<StoredRun['rollouts']> {
  const names = (await readdir(folder).catch(() => [])).filter(name => ITERATION.test(name)).toSorted();
  for (const name of names.toReversed()) {
    const text = await readText(join(folder, name, SUMMARIES));
    if (text === undefined) continue;
    return { step: Number(ITERATION.exec(name)?.[1]), all: text.split('\n').flatMap(rolloutOf) };
  }
  return undefined;
}

/** A row of the reference's rollout summaries; the texts are those of the last turn that has any. */
function rolloutOf(line: string): Rollout[] {
  const { total_reward: reward, steps } = rowOf(line);
  if (typeof reward !== 'number') return [];
  const turns = Array.isArray(steps) ? steps.filter(isValues) : [];
  const told = turns
    .map(turn => turn['logs'])
    .findLast(logs => isValues(logs) && Object.keys(logs).length > 0);
  const entries = Object.entries(isValues(told) ? told : {}).map(
    ([key, value]) =>
      [key, typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return [{ reward, logs: Object.fromEntries(entries) }];
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

const runMissing = (folder: string) =>
  new TinsmithError({
    code: 'RUN_MISSING',
    message: 'this is no run folder',
    at: folder,
    found: `none of ${recordFile}, metrics.jsonl, ${checkpointsFile}`,
    fix: 'the folder that a run named at its start and end (log_path)',
  });
