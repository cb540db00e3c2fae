/** An environment's own options, checked by its own schema. */
import { type Environment, parseOptions } from '@tinsmith/core';

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
