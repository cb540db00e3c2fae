/** What a stage needs of those before it: checkpoints in their folders, or those that the options name instead. */
import { join } from 'node:path';
import { resumableRow, type RunDirectory, throwProblems, TinsmithError } from '@tinsmith/core';
import { rowsOfStage } from '@tinsmith/training';
import type { RlhfOptions } from './options.js';

export interface LeftBehind {
  /** `state_path` of stage 1: where stage 3 starts. */
  readonly sft: string | undefined;
  /** `sampler_path` of stage 2. */
  readonly rewardModel: string | undefined;
  /** `sampler_path` of stage 3. */
  readonly policy: string | undefined;
}

export async function leftBehind(
  directory: RunDirectory,
  { sftCheckpointPath, rmCheckpointPath }: Pick<RlhfOptions, 'sftCheckpointPath' | 'rmCheckpointPath'>,
): Promise<LeftBehind> {
  const [sft, rm, rl] = await Promise.all(['sft', 'rm', 'rl'].map(name => rowsOfStage(directory, name)));
  return {
    sft: sftCheckpointPath ?? resumableRow(sft!)?.state_path,
    rewardModel: rmCheckpointPath ?? lastSampler(rm!),
    policy: lastSampler(rl!),
  };
}

const lastSampler = (rows: Awaited<ReturnType<typeof rowsOfStage>>) =>
  rows.findLast(row => row.sampler_path !== undefined)?.sampler_path;

/**
 * Before anything is trained, for the stages that are left out.
 * @throws STAGE_CHECKPOINT_MISSING, for both at once
 */
export function checkLeft(
  { sft, rewardModel }: LeftBehind,
  { runSft, runRm, runRl, judge }: Pick<RlhfOptions, 'runSft' | 'runRm' | 'runRl' | 'judge'>,
  folder: string,
): void {
  if (!runRl) return;
  const missing = (stage: string, name: string, fix: string) =>
    new TinsmithError({
      code: 'STAGE_CHECKPOINT_MISSING',
      message: `stage 3 needs what ${stage} learnt, and that stage is left out`,
      at: join(folder, name, 'checkpoints.jsonl'),
      found: 'no checkpoint',
      fix,
    });
  throwProblems([
    ...(sft === undefined && !runSft
      ? [missing('stage 1', 'sft', 'runSft: true, the log_path of a run that has it, or sftCheckpointPath')]
      : []),
    ...(rewardModel === undefined && !runRm && judge === undefined
      ? [
          missing(
            'stage 2',
            'rm',
            'runRm: true, the log_path of a run that has it, rmCheckpointPath, or a judge',
          ),
        ]
      : []),
  ]);
}
