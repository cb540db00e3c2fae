/** An environment's own options, checked by its own schema. */
import { type Environment, parseOptions, type Registry } from '@tinsmith/core';
import { allOrProblems } from './all-or-problems.js';
import { checkModelAndRenderer } from './models/check-model.js';
import type { RendererChoice, RendererRegistries } from './models/choose-renderer.js';

/**
 * What the schema of the environment makes of the options: pass it on as `EnvironmentOptions.options`. `at`
 * is their place in the config. Throws OPTION_MISSING, OPTION_INVALID or OPTION_UNKNOWN, all problems together.
 */
export function parseEnvOptions(
  environment: Environment,
  options: Readonly<Record<string, unknown>>,
  at = 'recipe.with.envOptions',
): Promise<unknown> {
  return parseOptions(environment.options, options, { at, owner: 'this environment' });
}

export interface EnvChoice extends RendererChoice {
  readonly env: string;
  readonly envOptions: Readonly<Record<string, unknown>>;
}

export interface EnvRegistries extends RendererRegistries {
  readonly environments: Registry<Environment>;
}

/**
 * The `check` of recipes with an environment: what `checkModelAndRenderer` and `parseEnvOptions` throw, together. It asks
 * for the environment, so that the provider of one must do without the run folder.
 */
export async function checkModelAndEnvironment(choice: EnvChoice, registries: EnvRegistries): Promise<void> {
  await allOrProblems<unknown>([
    checkModelAndRenderer(choice, registries),
    registries.environments.get(choice.env).then(env => parseEnvOptions(env, choice.envOptions)),
  ]);
}
