/** What a recipe trains on whose task is an environment of the config: its data for this model, chat format and seed. */
import type { Engine, Environment, EnvironmentDatasets, Run } from '@tinsmith/core';
import { type EnvChoice, parseEnvOptions } from './env-options.js';
import { openRenderer, type RendererRegistries } from './models/choose-renderer.js';

export interface EnvironmentParts extends RendererRegistries {
  readonly engine: Engine;
  readonly env: Environment;
}

export interface EnvironmentSizes extends EnvChoice {
  readonly modelName: string;
  readonly groupSize: number;
  readonly groupsPerBatch: number;
}

/** @throws what tokenizer, renderer and environment throw; a check has found most of it before */
export async function openEnvironment(
  run: Pick<Run, 'seed' | 'log'>,
  options: EnvironmentSizes,
  { engine, env, models, renderers }: EnvironmentParts,
): Promise<EnvironmentDatasets> {
  const tokenizer = await engine.getTokenizer(options.modelName);
  const onWarning = (line: string) => run.log(line);
  const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });
  return env.createDataset({
    renderer,
    tokenizer,
    groupSize: options.groupSize,
    groupsPerBatch: options.groupsPerBatch,
    seed: run.seed,
    options: await parseEnvOptions(env, options.envOptions),
  });
}
