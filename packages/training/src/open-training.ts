/** What a run begins with: the steps that are left, and weights to go on from. */
import { type Engine, type Run, TinsmithError, type TrainingClient } from '@tinsmith/core';

export interface StepRange {
  /** The first step to run: the next one of the last checkpoint. `end` if all that is missing is the final checkpoint. */
  readonly start: number;
  /** The one after the last. */
  readonly end: number;
}

export interface StepOptions {
  readonly maxSteps?: number | undefined;
  /** The recipe's option that says how much a batch has. Default `batchSize`. */
  readonly batchOption?: string | undefined;
}

/**
 * The steps of a run over so many batches, told to the runner as its plan. Undefined if the run is complete, which the log says.
 * A run that was killed behind its last step and before the checkpoint `final` has no step left and is not complete: `start` is
 * `end`, so that a loop runs none and saves it.
 * @throws DATA_TOO_FEW_ROWS if there is no batch at all
 */
export function stepsToRun(
  run: Pick<Run, 'checkpoints' | 'log' | 'plan'>,
  batches: number,
  { maxSteps = Infinity, batchOption = 'batchSize' }: StepOptions = {},
): StepRange | undefined {
  if (batches === 0) {
    throw new TinsmithError({
      code: 'DATA_TOO_FEW_ROWS',
      message: 'the data does not fill one batch: there is nothing to train on',
      at: `recipe.with.${batchOption}`,
      fix: `a smaller ${batchOption}, or more data`,
    });
  }
  const { last } = run.checkpoints;
  const start = last?.batch ?? 0;
  const end = Math.min(batches, maxSteps);
  if (start > end || (start === end && last?.name === 'final')) {
    run.log(`already complete: ${start} of ${end} steps are done`);
    return undefined;
  }
  run.plan(end);
  return { start, end };
}

export interface StartOptions {
  readonly modelName: string;
  readonly loraRank: number;
  /** Weights to start from, with a fresh optimiser. */
  readonly loadCheckpointPath?: string | undefined;
}

/** The last checkpoint of the run with its optimiser, else the given weights, else a fresh adapter. */
export async function openTraining(
  engine: Engine,
  { checkpoints, seed }: Pick<Run, 'checkpoints' | 'seed'>,
  { loadCheckpointPath, modelName, loraRank }: StartOptions,
): Promise<TrainingClient> {
  const resumed = checkpoints.last?.state_path;
  if (resumed !== undefined) return engine.createTrainingClientFromStateWithOptimizer(resumed);
  if (loadCheckpointPath !== undefined) return engine.createTrainingClientFromState(loadCheckpointPath);
  return engine.createLoraTrainingClient({ baseModel: modelName, rank: loraRank, seed });
}
