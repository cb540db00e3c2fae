/** The folder of a stage: checkpoints.jsonl and metrics.jsonl as a run has them, in the stage's own count of steps. */
import { join } from 'node:path';
import {
  type CheckpointRow,
  checkpointsFile,
  parseCheckpointRows,
  parseMetricRow,
  resumableRow,
  type RunDirectory,
} from '@tinsmith/core';

const metricsFile = 'metrics.jsonl';

export interface StageFiles {
  readonly directory: RunDirectory;
  /** The row to go on from, as it was when the stage was opened. */
  readonly last: CheckpointRow | undefined;
  add(row: CheckpointRow): Promise<void>;
  /** Before the stage begins: what the run knows, and the stage's file does not yet. */
  addIfMissing(row: CheckpointRow): Promise<void>;
  addMetrics(line: string): Promise<void>;
  /** Steps that are to be repeated stand once in the end. */
  forgetMetricsFrom(step: number): Promise<void>;
}

export async function stageFiles(run: RunDirectory, name: string): Promise<StageFiles> {
  const directory = subdirectory(run, name);
  const rows = await checkpointRows(directory);
  let last = resumableRow(rows);

  const add = async (row: CheckpointRow) => {
    rows.push(row);
    // Whole, so that a kill leaves the file as it was or as it is to be.
    await directory.write(checkpointsFile, rows.map(one => `${JSON.stringify(one)}\n`).join(''));
  };
  return {
    directory,
    get last() {
      return last;
    },
    add,
    async addIfMissing(row) {
      if (!rows.some(({ state_path: path }) => path === row.state_path)) await add(row);
      last = resumableRow(rows);
    },
    addMetrics: line => directory.append(metricsFile, line),
    async forgetMetricsFrom(step) {
      const content = await directory.read(metricsFile);
      if (content === undefined) return;
      const kept = content.split('\n').filter(line => stepOf(line) < step);
      const text = kept.map(line => `${line}\n`).join('');
      if (text !== content) await directory.write(metricsFile, text);
    },
  };
}

/** Of a stage whose folder is in `directory`; none: it has saved nothing. */
export async function rowsOfStage(directory: RunDirectory, name: string): Promise<readonly CheckpointRow[]> {
  return checkpointRows(subdirectory(directory, name));
}

/** Rows of the stage's metrics.jsonl, as numbers by name. */
export async function metricsOfStage(
  directory: RunDirectory,
  name: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const content = (await subdirectory(directory, name).read(metricsFile)) ?? '';
  return content
    .split('\n')
    .filter(line => stepOf(line) < Infinity)
    .map(parseMetricRow);
}

async function checkpointRows(directory: RunDirectory): Promise<CheckpointRow[]> {
  const content = (await directory.read(checkpointsFile)) ?? '';
  return parseCheckpointRows(content, join(directory.path, checkpointsFile)).rows;
}

function subdirectory(directory: RunDirectory, name: string): RunDirectory {
  return {
    path: join(directory.path, name),
    append: (file, line) => directory.append(join(name, file), line),
    read: file => directory.read(join(name, file)),
    write: (file, content) => directory.write(join(name, file), content),
    sync: file => directory.sync(join(name, file)),
  };
}

/** Infinity for what is no row: a line that a kill has torn. */
function stepOf(line: string): number {
  try {
    const { step } = parseMetricRow(line);
    return typeof step === 'number' ? step : Infinity;
  } catch {
    return Infinity;
  }
}
