/** Options against a Standard Schema: the issues become problems with a path. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { TinsmithError } from '../error.js';

export interface OptionsCheck {
  readonly value: unknown;
  readonly problems: readonly TinsmithError[];
}

/** `at` is the path of the options in the config, e.g. `recipe.with`. */
export async function checkOptions(
  schema: StandardSchemaV1,
  options: unknown,
  place: { at: string; plugin?: string },
): Promise<OptionsCheck> {
  const result = await schema['~standard'].validate(options);
  if (!result.issues) return { value: result.value, problems: [] };
  const problems = result.issues.map(issue => {
    const path = (issue.path ?? []).map(part => String(typeof part === 'object' ? part.key : part));
    return new TinsmithError({
      code: 'OPTION_INVALID',
      plugin: place.plugin,
      message: issue.message,
      at: [place.at, ...path].join('.'),
    });
  });
  return { value: undefined, problems };
}
