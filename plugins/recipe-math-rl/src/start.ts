/** What a run of `math_rl` begins with: weights to go on from. */
import type { Engine, Run, TrainingClient } from '@tinsmith/core';
import type { MathRlOptions } from './options.js';

/** The last checkpoint of the run with its optimiser, else the given weights, else a fresh adapter. */
export async function openTraining(
  engine: Engine,
  { checkpoints, seed }: Pick<Run, 'checkpoints' | 'seed'>,
  {
    loadCheckpointPath,
    modelName,
    loraRank,
  }: Pick<MathRlOptions, 'loadCheckpointPath' | 'modelName' | 'loraRank'>,
): Promise<TrainingClient> {
  const resumed = checkpoints.last?.state_path;
  if (resumed !== undefined) return engine.createTrainingClientFromStateWithOptimizer(resumed);
  if (loadCheckpointPath !== undefined) return engine.createTrainingClientFromState(loadCheckpointPath);
  return engine.createLoraTrainingClient({ baseModel: modelName, rank: loraRank, seed });
}
