/** An environment's own options, checked by its own schema. */
import { type Environment, throwProblems, TinsmithError } from '@tinsmith/core';

/**
 * What the schema of the environment makes of the options: pass it on as `EnvironmentOptions.options`. `at`
 * is their place in the config. Throws OPTION_INVALID for each that is wrong, OPTION_UNKNOWN if the
 * environment takes none.
 */
export async function parseEnvOptions(
  environment: Environment,
  options: Readonly<Record<string, unknown>>,
  at = 'recipe.with.envOptions',
): Promise<unknown> {
  if (!environment.options) {
    const keys = Object.keys(options);
    if (keys.length === 0) return undefined;
    throw new TinsmithError({
      code: 'OPTION_UNKNOWN',
      message: 'this environment takes no options',
      at,
      found: keys.join(', '),
      fix: 'remove `envOptions`',
    });
  }
  const result = await environment.options['~standard'].validate(options);
  throwProblems(
    (result.issues ?? []).map(({ message, path = [] }) => {
      const keys = path.map(part => String(typeof part === 'object' ? part.key : part));
      return new TinsmithError({ code: 'OPTION_INVALID', message, at: [at, ...keys].join('.') });
    }),
  );
  return result.issues ? undefined : result.value;
}
