/** Runs cells side by side, each in a process of its own, so that one that fails leaves the others alone. */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problemsOf } from '@tinsmith/core';
import { readRun } from '../show-run/read-run.js';
import type { Cell } from './plan.js';

export interface RunCellsOptions {
  readonly cwd: string;
  readonly parallel: number;
  readonly say: (line: string) => void;
  /** Ends the cells that run after their step, and starts no other. */
  readonly signal: AbortSignal;
}

/** Cells that are complete are left as they are; others begin, or go on where they stopped. */
export async function runCells(
  cells: readonly Cell[],
  { cwd, parallel, say, signal }: RunCellsOptions,
): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < cells.length && !signal.aborted) {
      const index = next++;
      const cell = cells[index]!;
      const label = `${index + 1}/${cells.length} ${cell.name}`;
      if (await isComplete(cell)) say(`${label}   complete already`);
      else {
        say(`${label}   runs`);
        const { code, tail } = await runCell(cell, cwd, signal);
        say(`${label}   ${code === 0 ? 'done' : `failed\n${tail.trimEnd()}`}`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, cells.length) }, work));
}

export async function isComplete({ folder }: Cell): Promise<boolean> {
  try {
    return (await readRun(folder)).ending?.startsWith('completed') ?? false;
  } catch (error) {
    if (problemsOf(error).some(({ code }) => code === 'RUN_MISSING')) return false;
    throw error;
  }
}

const command = fileURLToPath(new URL('../../bin/tinsmith.js', import.meta.url));
/** Characters: the problems that a run ends with. */
const TAIL = 2000;

async function runCell(
  { folder, arguments: given }: Cell,
  cwd: string,
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly tail: string }> {
  await mkdir(dirname(folder), { recursive: true });
  const child = spawn(process.execPath, [command, 'run', ...given], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let tail = '';
  child.stderr.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-TAIL)));
  const stop = () => void child.kill('SIGINT'); // it finishes its step and saves
  signal.addEventListener('abort', stop);
  const ended = Promise.withResolvers<number | null>();
  child.on('error', ended.reject);
  child.on('close', ended.resolve);
  try {
    return { code: await ended.promise, tail };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
