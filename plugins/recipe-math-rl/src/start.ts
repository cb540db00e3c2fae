/** What a run of `math_rl` begins with: the renderer that fits the model, and weights to go on from. */
import {
  type Engine,
  type ModelSource,
  type Registry,
  type RendererSource,
  type Run,
  TinsmithError,
  type TrainingClient,
} from '@tinsmith/core';
import type { MathRlOptions } from './options.js';

/** The named one, else the first that the model recommends. Throws RENDERER_UNKNOWN if neither is there. */
export async function chooseRenderer(
  { rendererName, modelName }: Pick<MathRlOptions, 'rendererName' | 'modelName'>,
  models: Registry<ModelSource>,
  renderers: Registry<RendererSource>,
): Promise<RendererSource> {
  const name = rendererName ?? (models.has(modelName) && (await models.get(modelName)).renderers[0]);
  if (name) return renderers.get(name);
  throw new TinsmithError({
    code: 'RENDERER_UNKNOWN',
    message: `nothing says which chat format the model "${modelName}" speaks`,
    at: 'recipe.with.rendererName',
    found: `no option, and ${models.has(modelName) ? 'no recommendation' : 'no plugin that provides the model'}`,
    fix: renderers.names().length
      ? `rendererName: ${renderers.names().join(' or ')}`
      : 'add a plugin with renderers, e.g. @tinsmith/renderers-chat',
  });
}

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
