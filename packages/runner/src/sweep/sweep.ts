/**
 * A sweep from its plan to its recommendations. In its folder: a run folder per cell, `sweep.json` (what every cell is run
 * with), `recommendations.json`, and `sweep.svg` where there is a curve.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { describeTerminal } from '@tinsmith/terminal';
import type { Shell } from '../cli/shell.js';
import { exitCodes } from '../cli/show.js';
import { codeOf } from '../error-code.js';
import { examplesFolder } from '../folder/location.js';
import { takeLock } from '../folder/lock.js';
import { planSweep, type SweepRequest } from './plan.js';
import { collect, recommendations, type Wanted } from './results.js';
import { runCells } from './run-cells.js';
import { sweepLines } from './sweep-lines.js';
import { sweepSvg } from './sweep-svg.js';

interface Circumstances extends Wanted {
  readonly shell: Shell;
  readonly parallel: number;
  readonly signal: AbortSignal;
}

/** Returns the exit code: failed if a cell did. */
export async function sweep(request: SweepRequest, given: Circumstances): Promise<number> {
  const { shell, parallel, signal } = given;
  const { folder, cwd } = request;
  const say = (line: string) => shell.output.out(line);
  const cells = await planSweep(request, shell.secrets);
  await mkdir(folder, { recursive: true });
  const lock = await takeLock(folder, '--out');
  try {
    await keepBase(request);
    say(`${cells.length} runs in ${folder}`);
    await runCells(cells, { cwd, parallel, say: line => say(shell.secrets.redact(line)), signal });
    const results = await collect(cells, given);
    if (signal.aborted) return exitCodes.interrupted;
    if (!results) {
      shell.output.error('no run is complete: there is nothing to compare');
      return exitCodes.failed;
    }
    const written = recommendations(results);
    await writeFile(join(folder, 'recommendations.json'), `${JSON.stringify(written, null, 2)}\n`);
    const svg = sweepSvg(results);
    if (svg !== undefined) await writeFile(join(folder, 'sweep.svg'), svg);
    for (const line of sweepLines(results, describeTerminal(process.stdout, process.env))) say(line);
    return results.cells.every(cell => cell.isComplete) ? exitCodes.done : exitCodes.failed;
  } finally {
    await lock.release();
  }
}

/** A folder holds cells of one sweep: its grid may grow, what all cells share may not change. */
async function keepBase({ folder, base, budget }: SweepRequest): Promise<void> {
  const file = join(folder, 'sweep.json');
  const text = `${JSON.stringify({ arguments: base, budget: budget ?? null }, null, 2)}\n`;
  const found = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) await writeFile(file, text);
  else if (found !== text) {
    throw new TinsmithError({
      code: 'SWEEP_DIFFERS',
      message: 'the folder holds a sweep of something else',
      at: file,
      found: found.replaceAll(/\s+/g, ' ').trim(),
      fix: '--out with another folder; in the same folder only the grid may change',
    });
  }
}

/** Named after the time, as the Cookbook's: /tmp/tinker-sweeps/20260307_090542. */
export function defaultFolder(now: Date): string {
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(twoDigits).join('');
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(twoDigits).join('');
  return join(dirname(examplesFolder()), 'tinker-sweeps', `${day}_${time}`);
}

const twoDigits = (value: number) => String(value).padStart(2, '0');
