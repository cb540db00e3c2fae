/**
 * Every rollout of a run, on disk: `rollouts.jsonl` with tokens, logprobs and rewards and `rollouts.index.jsonl`, which says where
 * in it each step stands; and `iteration_NNNNNN/<label>_rollout_summaries.jsonl` with the reference's fields and no tokens
 * (cookbook-artifacts, section 3.2). Each step is in them once, also after a crash.
 */
import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run, TrajectoryGroup } from '@tinsmith/core';
import { rolloutRows, summaryRows } from './rollout-rows.js';

export const rolloutsFile = 'rollouts.jsonl';
export const rolloutsIndexFile = 'rollouts.index.jsonl';

/** A line of the index: the rows of one step and split are these bytes of rollouts.jsonl. */
export interface RolloutsAt {
  readonly step: number;
  readonly split: string;
  readonly offset: number;
  readonly bytes: number;
  readonly rollouts: number;
}

export interface RolloutPlace {
  readonly step: number;
  /** `train`, or `eval/<label>`. */
  readonly split: string;
}

type LoggingRun = Pick<Run, 'directory' | 'log'>;

export class RolloutLog {
  readonly #run: LoggingRun;
  readonly #isOn: boolean;
  #isBroken = false;
  /** Writes go one after the other, as offsets do. */
  #tail: Promise<void> = Promise.resolve();

  private constructor(run: LoggingRun, isOn: boolean) {
    this.#run = run;
    this.#isOn = isOn;
  }

  /** Rollouts of steps that are to be repeated, and what a kill tore off, are taken away. */
  static async open(
    run: LoggingRun,
    { isOn, nextStep }: { readonly isOn: boolean; readonly nextStep: number },
  ): Promise<RolloutLog> {
    if (isOn) await forget(run, nextStep);
    return new RolloutLog(run, isOn);
  }

  /** A run does not fail for want of its rollouts: the first failure is logged, and no more is written. */
  async write(groups: readonly TrajectoryGroup[], place: RolloutPlace): Promise<void> {
    if (!this.#isOn || this.#isBroken || groups.length === 0) return;
    const mine = this.#tail.then(() => this.#write(groups, place));
    this.#tail = mine.catch((error: unknown) => {
      if (!this.#isBroken) this.#run.log(`rollouts can no longer be written: ${String(error)}`);
      this.#isBroken = true;
    });
    await this.#tail;
  }

  async #write(groups: readonly TrajectoryGroup[], place: RolloutPlace): Promise<void> {
    const { directory } = this.#run;
    const rows = rolloutRows(groups, place);
    const offset = await sizeOf(directory.path);
    await directory.append(rolloutsFile, rows.join('\n'));
    const index: RolloutsAt = {
      ...place,
      offset,
      bytes: (await sizeOf(directory.path)) - offset,
      rollouts: rows.length,
    };
    await directory.append(rolloutsIndexFile, JSON.stringify(index));
    await directory.write(summariesFile(place), `${summaryRows(groups, place).join('\n')}\n`);
  }
}

/** `iteration_000012/train_rollout_summaries.jsonl`; labels become safe names. */
export function summariesFile({ step, split }: RolloutPlace): string {
  const label = split.replaceAll(/[^A-Za-z0-9._-]+/g, '_');
  return `iteration_${String(step).padStart(6, '0')}/${label}_rollout_summaries.jsonl`;
}

async function sizeOf(folder: string): Promise<number> {
  return stat(join(folder, rolloutsFile)).then(
    ({ size }) => size,
    () => 0,
  );
}

async function forget({ directory }: LoggingRun, nextStep: number): Promise<void> {
  const index = parseIndex((await directory.read(rolloutsIndexFile)) ?? '');
  const kept = index.filter(({ step }) => step < nextStep);
  const end = kept.reduce((most, { offset, bytes }) => Math.max(most, offset + bytes), 0);
  if ((await sizeOf(directory.path)) > end) await truncate(join(directory.path, rolloutsFile), end);
  if (kept.length < index.length) {
    const lines = kept.map(row => `${JSON.stringify(row)}\n`);
    await directory.write(rolloutsIndexFile, lines.join(''));
  }
}

/** A line that a kill tore off counts as not written, and so does all that follows it. */
export function parseIndex(text: string): RolloutsAt[] {
  const rows: RolloutsAt[] = [];
  for (const line of text.split('\n')) {
    try {
      rows.push(JSON.parse(line) as RolloutsAt);
    } catch {
      break;
    }
  }
  return rows;
}
