/** What a run begins with: weights to go on from. */
import type { Engine, Run, TrainingClient } from '@tinsmith/core';

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
