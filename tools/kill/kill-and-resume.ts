/**
 * Kills a run again and again at seeded random moments, lets it go on each time, and compares what comes of it with a run that
 * was left alone. Half of the moments lie anywhere in an attempt, half within the writing of a checkpoint.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { differences, stepsOf } from './compare-runs.ts';
import { attempt, type Moment } from './run-process.ts';

export interface KillOptions {
  /** After `tinsmith run`: recipe, preset, options. */
  readonly args: readonly string[];
  readonly kills: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
  /** Leave the run folders for people to look at. */
  readonly keep?: boolean;
}

export interface KillReport {
  /** Killed, and how many of them while a checkpoint was being written. */
  readonly kills: number;
  readonly killsInSave: number;
  /** Runs that were killed until they were complete. */
  readonly runs: number;
  readonly differences: readonly string[];
  readonly folder: string;
}

/** Between the first byte of a checkpoint and its row, on the embedded engine with a small model. */
const SAVE_MILLISECONDS = 30;
/** About as often do the files of one checkpoint, and the list of checkpoints, change. */
const CHANGES_PER_SAVE = 8;

export async function killAndResume({
  args,
  kills,
  seed,
  say = () => {},
  keep = false,
}: KillOptions): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-kill-'));
  const random = generator(seed);
  const whole = join(folder, 'whole');
  const { milliseconds } = await attempt({ args, folder: whole });
  const stepMilliseconds = meanStep(whole);
  const start = Math.max(0, milliseconds - stepMilliseconds * stepsOf(whole).length);
  say(
    `left alone: ${stepsOf(whole).length} steps in ${seconds(milliseconds)}, of them ${seconds(start)} before and after the steps`,
  );

  const report = { kills: 0, killsInSave: 0, runs: 0, differences: [] as string[], folder };
  while (report.kills < kills) {
    const killed = join(folder, `killed-${report.runs++}`);
    for (let isOver = false; !isOver;) {
      const left = stepsOf(whole).length - stepsDone(killed);
      const moment: Moment | undefined =
        report.kills < kills
          ? aMoment(random, { milliseconds: start + left * stepMilliseconds, saves: left + 1 })
          : undefined;
      const { isKilled } = await attempt({ args, folder: killed, ...(moment && { moment }) });
      isOver = !isKilled;
      if (!isKilled) continue;
      report.kills++;
      if (moment?.kind === 'save') report.killsInSave++;
      say(`kill ${report.kills} of ${kills}: ${inWords(moment!)}, with ${stepsDone(killed)} steps done`);
    }
    const found = differences(whole, killed);
    report.differences.push(...found.map(line => `run ${report.runs}: ${line}`));
    say(`run ${report.runs} is complete: ${found.length === 0 ? 'the same, bit for bit' : found.join('; ')}`);
  }
  if (!keep && report.differences.length === 0) rmSync(folder, { recursive: true });
  return report;
}

/** Anywhere in what is left, more often early than late: what is killed late is soon over, and gives no second kill. */
function aMoment(random: () => number, left: { milliseconds: number; saves: number }): Moment {
  const place = random() ** 2;
  return random() < 0.5
    ? { kind: 'time', milliseconds: place * left.milliseconds }
    : {
        kind: 'save',
        nth: 1 + Math.floor(place * CHANGES_PER_SAVE * left.saves),
        milliseconds: random() * SAVE_MILLISECONDS,
      };
}

const inWords = (moment: Moment) =>
  moment.kind === 'time'
    ? `${seconds(moment.milliseconds)} after the start`
    : `${moment.milliseconds.toFixed(0)} ms into a checkpoint`;

function meanStep(folder: string): number {
  const times = stepsOf(folder).map(row => Number(row['time/total']) * 1000);
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

const stepsDone = (folder: string): number =>
  existsSync(join(folder, 'metrics.jsonl')) ? stepsOf(folder).length : 0;

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

/** Mulberry32: what matters is that a seed repeats it. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
